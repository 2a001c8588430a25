// The files that a command line names: what is to be written can be, and is nothing that is read.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace attune::tools {

struct NamedFiles {
  const char* option;
  std::vector<std::string> paths;  // one that is empty, or "-" for a standard stream, is no file
  bool written;
};

// Error (value) when files of two options are one and one of them is written, naming both options.
void require_distinct(std::span<const NamedFiles> files);

// A run of hours must not end at a file that cannot be written: Error (io) naming it and why.
void require_writable(const std::string& path);

}  // namespace attune::tools
