// A library for JSON, which refuses what is no UTF-8, is the judge of it.
#include "core/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace attune::internal {

bool is_utf8(std::string_view text) {
  try {
    nlohmann::json(text).dump();
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

std::string printable(std::string_view text, bool keep_lines) {
  const bool letters = is_utf8(text);
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool control = (byte(i) < 0x20 && !(text[i] == '\n' && keep_lines)) || byte(i) == 0x7f;
    // U+0080 to U+009F: what they do differs from terminal to terminal.
    const bool upper = letters && byte(i) == 0xc2 && byte(i + 1) < 0xa0;
    if (control || upper || (byte(i) >= 0x80 && !letters))
      result += fmt::format("\\x{:02x}", byte(i));
    else
      result += text[i];
    if (upper) result += fmt::format("\\x{:02x}", byte(++i));
  }
  return result;
}

}  // namespace attune::internal
