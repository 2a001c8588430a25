// Plugins on the command line: loading them, and telling of those that are there and not loaded.
#include "tools/plugins.hpp"

#include <algorithm>
#include <attune/error.hpp>
#include <attune/plugins.hpp>
#include <filesystem>
#include <fmt/format.h>

namespace attune::tools {

std::vector<std::string> load_rules(const std::vector<std::string>& plugins) {
  std::vector<std::string> rules;
  for (const std::string& plugin : plugins) {
    const PluginInfo info = load_plugin(plugin);
    rules.insert(rules.end(), info.rules.begin(), info.rules.end());
  }
  return rules;
}

std::vector<std::string> files_of_plugins(const std::vector<std::string>& plugins) {
  std::vector<std::string> files;
  for (const std::string& plugin : plugins) files.push_back(load_plugin(plugin).path);
  return files;
}

void require_loaded(const char* kind, const std::vector<std::string>& wanted,
                    const std::vector<std::string>& known) {
  for (const std::string& name : wanted) {
    if (std::ranges::find(known, name) != known.end()) continue;
    if (name.ends_with(".so")) {
      throw Error(ErrorKind::value, fmt::format("{} {} is a file: load it, --plugin {}, and name "
                                                "what is in it",
                                                kind, name, name));
    }
    if (name.find('/') != std::string::npos) continue;
    for (const std::string& folder : plugin_folders()) {
      std::error_code error;
      const auto file = std::filesystem::path(folder) / (name + ".so");
      if (!std::filesystem::exists(file, error)) continue;
      throw Error(ErrorKind::value,
                  fmt::format("no {} \"{}\" is loaded; the plugin {} is there: add --plugin {}",
                              kind, name, file.string(), name));
    }
  }
}

}  // namespace attune::tools
