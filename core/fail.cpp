// Builds the message of every Error.
#include "core/fail.hpp"

#include <fmt/format.h>

namespace attune::internal {

void fail_text(ErrorKind kind, std::string_view operation, fmt::string_view format,
               fmt::format_args values) {
  throw Error(kind, fmt::format("{}: {}", operation, fmt::vformat(format, values)));
}

}  // namespace attune::internal
