// Plugins on the command line: loading them, and telling of those that are there and not loaded.
#pragma once

#include <string>
#include <vector>

namespace attune::tools {

// Loads each plugin, a file or a name; the rules in them are known from then on.
std::vector<std::string> load_rules(const std::vector<std::string>& plugins);

// Where the plugins lie that are loaded under these names, or are now.
std::vector<std::string> files_of_plugins(const std::vector<std::string>& plugins);

// Error (value) for a name that is not known but called like a plugin in one of the folders where
// plugins lie: loading one is for the user to say.
void require_loaded(const char* kind, const std::vector<std::string>& wanted,
                    const std::vector<std::string>& known);

}  // namespace attune::tools
