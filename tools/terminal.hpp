// Long texts on a narrow terminal.
#pragma once

#include <string>

namespace attune::tools {

// The columns of the terminal; 0 where there is none: lines are for programs then and stay whole.
std::size_t terminal_width();

// The text broken between words to lines of `width`, those after the first moved in.
std::string wrapped(const std::string& text, std::size_t indent, std::size_t width);

}  // namespace attune::tools
