// Names of one file are told by the file system, whatever they are spelt like.
#include "tools/files.hpp"

#include <algorithm>
#include <attune/error.hpp>
#include <cerrno>
#include <filesystem>
#include <fmt/format.h>
#include <system_error>
#include <unistd.h>

namespace attune::tools {

namespace fs = std::filesystem;

namespace {

// Where a file is, or would be.
fs::path place_of(fs::path path) {
  std::error_code error;
  for (int links = 0; links < 40 && fs::is_symlink(path, error); ++links) {
    path = path.parent_path() / fs::read_symlink(path, error);
  }
  return fs::weakly_canonical(fs::absolute(path, error), error);
}

bool same(const std::string& path, const std::string& other) {
  std::error_code error;
  if (path.empty() || other.empty() || path == "-" || other == "-") return false;
  const fs::path place = place_of(path);  // empty where it cannot be told
  return (!place.empty() && place == place_of(other)) || fs::equivalent(path, other, error);
}

}  // namespace

void require_distinct(std::span<const NamedFiles> files) {
  for (std::size_t i = 0; i < files.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (!files[i].written && !files[k].written) continue;
      for (const std::string& path : files[i].paths) {
        if (std::ranges::none_of(files[k].paths, [&](auto& other) { return same(path, other); }))
          continue;
        throw Error(ErrorKind::value,
                    fmt::format("{} and {} are one file, {}, which would be overwritten: name two",
                                files[k].option, files[i].option, path));
      }
    }
  }
}

void require_writable(const std::string& path) {
  if (path.empty()) return;
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    throw Error(ErrorKind::io, path + ": cannot be written: it is " +
                                   (fs::is_directory(status) ? "a folder" : "a device or a pipe") +
                                   ": name a regular file");
  }
  if (fs::exists(status) && access(path.c_str(), W_OK) != 0) {
    throw Error(ErrorKind::io, path + ": may not be replaced: " +
                                   std::error_code(errno, std::generic_category()).message());
  }
  const fs::path folder = fs::path(path).has_parent_path() ? fs::path(path).parent_path() : ".";
  if (access(folder.c_str(), W_OK) == 0) return;
  throw Error(ErrorKind::io, path + ": cannot be written: folder " + folder.string() + ": " +
                                 std::error_code(errno, std::generic_category()).message());
}

}  // namespace attune::tools
