// Text for people.
#pragma once

#include <cstdio>
#include <fmt/format.h>
#include <string_view>
#include <utility>

namespace attune::tools {

// The text, at once. What cannot be written ends no run: see unsaid().
void say(std::FILE* to, std::string_view text);
template <class... T>
requires(sizeof...(T) > 0) void say(std::FILE* to, fmt::format_string<T...> text, T&&... values) {
  say(to, std::string_view(fmt::format(text, std::forward<T>(values)...)));
}

// Why something did not arrive at the standard output (an errno), or 0.
int unsaid() noexcept;

}  // namespace attune::tools
