// Text for people.
#pragma once

#include <cstdio>
#include <string_view>

namespace attune::tools {

// The text, at once. What cannot be written ends no run: see unsaid().
void say(std::FILE* to, std::string_view text);

// Why something did not arrive at the standard output (an errno), or 0.
int unsaid() noexcept;

}  // namespace attune::tools
