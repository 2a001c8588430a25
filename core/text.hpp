// Text that comes out of files and command lines: whether it is text, and how to show it if not.
#pragma once

#include <string>
#include <string_view>

namespace attune::internal {

bool is_utf8(std::string_view text);

// Text that may come out of a damaged file, for a terminal: control characters and bytes that are
// no UTF-8 as \x1b; lines stay lines where `keep_lines`.
std::string printable(std::string_view text, bool keep_lines);

}  // namespace attune::internal
