// Builds the message of every Error.
#include "core/fail.hpp"

#include <fmt/args.h>
#include <fmt/format.h>
#include <string>

#include "core/mode.hpp"
#include "core/text.hpp"

namespace attune::internal {

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
