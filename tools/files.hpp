// The files that a command line names: what is to be written can be, and is nothing that is read.
#pragma once

#include <span>
#include <string>

namespace attune::tools {

struct NamedFile {
  const char* option;
  std::string path;  // empty, or "-" for a standard stream: no file
  bool written;
};

// Error (value) when two names are one file and one of them is written, naming both options.
void require_distinct(std::span<const NamedFile> files);

// A run of hours must not end at a file that cannot be written: Error (io) naming it and why.
void require_writable(const std::string& path);

}  // namespace attune::tools
