// The out-of-line parts of Error: the names of its kinds and the destructor that anchors its type.
#include <attune/error.hpp>

namespace attune {

const char* name(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::shape:
      return "shape";
    case ErrorKind::dtype:
      return "dtype";
    case ErrorKind::index:
      return "index";
    case ErrorKind::value:
      return "value";
    case ErrorKind::state:
      return "state";
    case ErrorKind::io:
      return "io";
    case ErrorKind::format:
      return "format";
    case ErrorKind::plugin:
      return "plugin";
    case ErrorKind::numeric:
      return "numeric";
    case ErrorKind::memory:
      return "memory";
  }
  return "unknown";
}

Error::~Error() = default;

}  // namespace attune
