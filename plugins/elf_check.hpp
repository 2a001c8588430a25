// What must hold of a file before dlopen may see it.
#pragma once

#include <string>

namespace attune::internal {

// Error (plugin) when the file is no regular one (a pipe would be waited for), or is a library of
// this machine that ends before its segments do: dlopen maps those without looking at the file's
// size, and the first touch of a missing page kills the process. What is no such library is left to
// dlopen, which refuses it in words of its own.
void require_whole_library(const std::string& path);

}  // namespace attune::internal
