// dlopen, the handshake, and the registries.
#include <algorithm>
#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <sstream>

#include "attune/initialize.hpp"
#include "attune/plugins.hpp"
#include "core/fail.hpp"
#include "core/float_control.hpp"
#include "core/format.hpp"
#include "core/host.hpp"
#include "nn/initializers.hpp"
#include "optim/registry.hpp"
#include "places.hpp"
#include "plugins/elf_check.hpp"

namespace attune {

using internal::fail;
namespace fs = std::filesystem;

namespace {

// By dlopen's handle: the same file by two names is one plugin. A library that changed the control
// word is remembered, as it would not do so at a second dlopen.
struct Loaded {
  std::mutex mutex;
  std::map<void*, PluginInfo> plugins;
  std::set<void*> harmful;
};
Loaded& loaded() {
  static Loaded& all = *new Loaded;
  return all;
}

void check_table(const std::string& path, const attune_plugin* plugin) {
  if (!plugin) {
    const std::string text = internal::take_failure();
    fail(ErrorKind::plugin, path, "the plugin refuses to load: {}",
         text.empty() ? std::string("it gives no reason") : text);
  }
  if (plugin->abi_major != ATTUNE_ABI_MAJOR || plugin->abi_minor != ATTUNE_ABI_MINOR) {
    const bool newer =
        plugin->abi_major > ATTUNE_ABI_MAJOR ||
        (plugin->abi_major == ATTUNE_ABI_MAJOR && plugin->abi_minor > ATTUNE_ABI_MINOR);
    fail(ErrorKind::plugin, path, "built for plugin boundary {}.{}, this attune has {}.{}: {}",
         plugin->abi_major, plugin->abi_minor, ATTUNE_ABI_MAJOR, ATTUNE_ABI_MINOR,
         newer ? "update attune, or rebuild the plugin with its headers"
               : "rebuild the plugin with this version's headers");
  }
  if (plugin->struct_size < sizeof(attune_plugin)) {
    fail(ErrorKind::plugin, path, "its table has {} bytes, expected {}", plugin->struct_size,
         sizeof(attune_plugin));
  }
  if ((plugin->n_rules && !plugin->rules) || (plugin->n_initializers && !plugin->initializers)) {
    fail(ErrorKind::plugin, path, "its table announces entries that it does not hold");
  }
  if (plugin->n_rules + plugin->n_initializers == 0) {
    fail(ErrorKind::plugin, path, "it holds neither a rule nor an initializer");
  }
}

void* open_library(const std::string& path) {
  internal::require_whole_library(path);
  const internal::KeepFloatControl control;
  void* const handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!handle) {
    const char* const text = dlerror();
    fail(ErrorKind::plugin, path, "it cannot be loaded: {}", text ? text : "no reason given");
  }
  if (control.changed()) loaded().harmful.insert(handle);
  return handle;
}

const attune_plugin* ask_for_table(const std::string& path, void* handle) {
  const auto entry = reinterpret_cast<attune_plugin_entry*>(dlsym(handle, ATTUNE_PLUGIN_ENTRY));
  if (!entry) {
    fail(ErrorKind::plugin, path,
         "no {} symbol: it is not an attune plugin for boundary major {} (ATTUNE_PLUGIN(Rule) "
         "makes one)",
         ATTUNE_PLUGIN_ENTRY, ATTUNE_ABI_MAJOR);
  }
  const internal::KeepFloatControl control;
  const attune_plugin* plugin = nullptr;
  try {
    plugin = entry(internal::plugin_host());
  } catch (const std::exception& error) {
    fail(ErrorKind::plugin, path, "its entry threw \"{}\": it must return null after host->fail",
         error.what());
  } catch (...) {
    fail(ErrorKind::plugin, path, "its entry threw: it must return null after host->fail");
  }
  if (plugin) internal::take_failure();
  if (control.changed()) loaded().harmful.insert(handle);
  return plugin;
}

void refuse_harmful(const std::string& path, void* handle) {
  if (!loaded().harmful.contains(handle)) return;
  fail(ErrorKind::plugin, path,
       "loading it changed the floating-point control word of the process (it was put back): build "
       "it without -ffast-math, -Ofast and -funsafe-math-optimizations, and let it leave rounding "
       "and precision alone");
}

PluginInfo describe(const std::string& path, const attune_plugin& plugin) {
  PluginInfo info;
  info.path = path;
  info.build = plugin.build ? plugin.build : "";
  for (std::uint32_t i = 0; i < plugin.n_rules; ++i) info.rules.emplace_back(plugin.rules[i]->name);
  for (std::uint32_t i = 0; i < plugin.n_initializers; ++i) {
    info.initializers.emplace_back(plugin.initializers[i]->name);
  }
  return info;
}

std::vector<fs::path> libraries_in(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> files;
  // Counted by hand: the loop of C++ would throw what the file system throws.
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() == ".so") files.push_back(at->path());
  }
  if (error) {
    fail(ErrorKind::io, "load_plugins", "the folder {} cannot be read: {}", folder.string(),
         error.message());
  }
  std::ranges::sort(files);
  return files;
}

// True if it was loaded; else it stands among the refused.
bool load_into(PluginSearch& search, const fs::path& file) {
  try {
    search.loaded.push_back(load_plugin(file.string()));
    return true;
  } catch (const Error& error) {
    search.refused.emplace_back(error.what());
    return false;
  }
}

// The canonical path of what was given: a path, or a name to look for.
std::string locate(const std::string& given) {
  std::error_code error;
  const fs::path here = fs::canonical(given, error);
  if (!error) return here.string();
  const fs::path name = given;
  if (name.empty() || name.has_parent_path()) {
    fail(ErrorKind::plugin, given,
         "there is no such file ({}); a name without a folder would be searched in the folders of "
         "plugins",
         error.message());
  }
  const std::vector<std::string> folders = plugin_folders();
  for (const fs::path folder : folders) {
    std::error_code missing;
    fs::path file = folder / name;
    if (file.extension() != ".so") file += ".so";
    const fs::path found = fs::canonical(file, missing);
    if (!missing) return found.string();
  }
  std::error_code missing;
  const bool beside = fs::exists(given + ".so", missing);
  fail(ErrorKind::plugin, given, "there is no such file here ({}) and none in {}{}",
       error.message(), fmt::to_string(fmt::join(folders, ", ")),
       beside ? fmt::format(": did you mean \"./{}.so\"?", given) : std::string());
}

}  // namespace

PluginInfo load_plugin(const std::string& given) {
  const std::string path = locate(given);
  const std::lock_guard lock(loaded().mutex);
  void* const handle = open_library(path);
  refuse_harmful(path, handle);
  const auto known = loaded().plugins.find(handle);
  if (known != loaded().plugins.end()) return known->second;
  const attune_plugin* const plugin = ask_for_table(path, handle);
  refuse_harmful(path, handle);
  check_table(path, plugin);
  internal::check_initializers(path, {plugin->initializers, plugin->n_initializers});
  optim::register_rules(*plugin, path);
  for (std::uint32_t i = 0; i < plugin->n_initializers; ++i) {
    internal::add_initializer(*plugin->initializers[i], path);
  }
  return loaded().plugins.emplace(handle, describe(path, *plugin)).first->second;
}

PluginSearch load_plugins(const std::string& folder) {
  PluginSearch search;
  for (const fs::path& file : libraries_in(folder)) load_into(search, file);
  return search;
}

std::vector<std::string> plugin_folders() {
  std::vector<std::string> folders;
  if (const char* const list = std::getenv("ATTUNE_PLUGIN_PATH")) {
    std::istringstream parts(list);
    for (std::string part; std::getline(parts, part, ':');) {
      if (!part.empty()) folders.push_back(part);
    }
  }
  Dl_info library{};
  if (dladdr(reinterpret_cast<void*>(&plugin_folders), &library) && library.dli_fname) {
    std::error_code error;  // an absolute path, unless the folder in use was removed
    const fs::path beside = fs::absolute(library.dli_fname, error).parent_path();
    if (error) return folders;
    folders.push_back((beside / internal::installed_plugins).lexically_normal().string());
    folders.push_back((beside / internal::build_plugins).lexically_normal().string());
  }
  return folders;
}

PluginSearch load_plugins() {
  PluginSearch search;
  std::set<fs::path> names;
  for (const std::string& folder : plugin_folders()) {
    std::error_code error;
    if (!fs::is_directory(folder, error)) continue;
    try {
      for (const fs::path& file : libraries_in(folder)) {
        if (names.contains(file.filename())) continue;
        if (load_into(search, file)) names.insert(file.filename());
      }
    } catch (const Error& unreadable) {
      search.refused.emplace_back(unreadable.what());
    }
  }
  return search;
}

}  // namespace attune
