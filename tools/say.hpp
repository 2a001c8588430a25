// Text for people and for programs.
#pragma once

#include <cstdio>
#include <string_view>

namespace attune::tools {

// Writes the text at once; false, with errno, where it did not arrive.
bool put(std::FILE* to, std::string_view text);
// The same for people: what cannot be written ends no run, see unsaid().
void say(std::FILE* to, std::string_view text);

// Why something did not arrive at the standard output (an errno), or 0.
int unsaid() noexcept;

}  // namespace attune::tools
