// The library's own place is that of one of its functions.
#include "data/folders.hpp"

#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>

#include "places.hpp"

namespace attune::data::internal {

namespace {

std::filesystem::path library_folder() {
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&data_path), &info) == 0 || !info.dli_fname) return {};
  std::error_code ignored;
  const auto file = std::filesystem::canonical(info.dli_fname, ignored);
  if (!file.empty()) return file.parent_path();
  // A program that was found through PATH knows itself by its bare name only.
  return std::filesystem::canonical("/proc/self/exe", ignored).parent_path();
}

}  // namespace

std::vector<std::string> data_path() {
  std::vector<std::string> folders;
  const char* const value = std::getenv("ATTUNE_DATA_PATH");
  std::string folder;
  for (const char* c = value ? value : ""; *c; ++c) {
    if (*c != ':') {
      folder += *c;
    } else if (!folder.empty()) {
      folders.push_back(std::move(folder));
      folder.clear();
    }
  }
  if (!folder.empty()) folders.push_back(folder);
  return folders;
}

std::vector<std::string> data_folders() {
  std::vector<std::string> folders = data_path();
  const std::filesystem::path own = library_folder();
  for (const char* place : {attune::internal::installed_data, attune::internal::build_data}) {
    folders.push_back((own / place).lexically_normal().string());
  }
  return folders;
}

std::string find_file(const std::vector<std::string>& folders, const std::string& file) {
  for (const std::string& folder : folders) {
    std::string path = (std::filesystem::path(folder) / file).string();
    std::error_code ignored;
    if (std::filesystem::is_regular_file(path, ignored)) return path;
  }
  return {};
}

std::string joined(const std::vector<std::string>& folders) {
  std::string text;
  for (const std::string& folder : folders) text += (text.empty() ? "" : ", ") + folder;
  return text;
}

}  // namespace attune::data::internal
