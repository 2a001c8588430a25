// Loading plugins: shared objects that add update rules and initializers to the registries.
//
// A plugin is trusted code: it runs in this process. What is checked is that it is a plugin, built
// for this boundary, and that its tables hold what they announce. Once loaded it stays.
//
// Layer: plugins.
#pragma once

#include <attune/export.hpp>
#include <string>
#include <vector>

namespace attune {

struct PluginInfo {
  std::string path;                       // absolute
  std::string build;                      // compiler that made it
  std::vector<std::string> rules;         // names now known to optim::make
  std::vector<std::string> initializers;  // names now known to initialize
};

// Loads one file; loading it again gives the same answer. A bare name, "lion" or "lion.so", that is
// no file here is searched in plugin_folders(). Errors (plugin), nothing being registered
// then: no such file, no library, or one that is cut short; no attune plugin; an entry that throws;
// made for another version of the boundary; a name that is taken, with its holder; tables that
// break the boundary's rules; code that changes the floating-point control word of the process
// (-ffast-math, rounding), which is put back first. A static constructor of the library that throws
// cannot be caught: the system's loader ends the process.
ATTUNE_API PluginInfo load_plugin(const std::string& path);

struct PluginSearch {
  std::vector<PluginInfo> loaded;
  std::vector<std::string> refused;  // why, one text per file or unreadable folder
};
// Loads every *.so of a folder, in the order of their names. Error (io) when the folder cannot be
// read.
ATTUNE_API PluginSearch load_plugins(const std::string& folder);
// The same for every folder of plugin_folders() that exists; one that cannot be read is among the
// refused. A file name that was loaded from an earlier folder is passed over in later ones.
ATTUNE_API PluginSearch load_plugins();

// Where load_plugins() looks: the folders of the environment's ATTUNE_PLUGIN_PATH (separated by
// colons), then beside the library: in an installed tree lib/attune/plugins, in a build tree its
// plugins folder.
ATTUNE_API std::vector<std::string> plugin_folders();

}  // namespace attune
