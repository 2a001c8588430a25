// Builds the message of every Error.
#include "core/fail.hpp"

#include <fmt/args.h>
#include <fmt/format.h>
#include <string>

#include "core/file.hpp"
#include "core/mode.hpp"

namespace attune::internal {

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

void fail_text(ErrorKind kind, std::string_view operation, std::string_view format,
               std::span<const FailValue> values) {
  fmt::dynamic_format_arg_store<fmt::format_context> arguments;
  for (const FailValue& value : values) {
    switch (value.kind()) {
      case FailValue::Kind::integer:
        arguments.push_back(value.integer());
        break;
      case FailValue::Kind::natural:
        arguments.push_back(value.natural());
        break;
      case FailValue::Kind::real:
        arguments.push_back(value.real());
        break;
      case FailValue::Kind::character:
        arguments.push_back(static_cast<char>(value.integer()));
        break;
      case FailValue::Kind::text:
        arguments.push_back(printable(value.text(), true));
        break;
      case FailValue::Kind::shape:
        arguments.push_back(to_string(value.shape()));
        break;
    }
  }
  const char* const called = current_mode.operation;
  throw Error(kind,
              fmt::format("{}: {}", called ? called : operation, fmt::vformat(format, arguments)));
}

}  // namespace attune::internal
