// The one error type of attune. A message names the operation, the rule that was broken, both
// values and the usual remedy; kind() lets a program decide without reading it.
//
// Layer: core.
#pragma once

#include <attune/export.hpp>
#include <stdexcept>
#include <string>

namespace attune {

enum class ErrorKind {
  shape,    // sizes, ranks or axes do not fit
  dtype,    // an element type that the operation does not take
  index,    // an index outside its range
  value,    // an argument outside its domain
  state,    // a call at the wrong time (no values yet, graph already freed, ...)
  io,       // the operating system refused a file
  format,   // a file's content is not what its format demands
  plugin,   // a plugin was refused or failed
  numeric,  // a NaN or an infinity where none may be
  memory    // an allocation was refused
};

// "shape", "dtype", ...: static storage.
ATTUNE_API const char* name(ErrorKind kind) noexcept;

// Thrown by every public entry of attune; nothing else crosses the library's border, but for what
// functions that a program hands in throw (hooks, callbacks, the operations of its own).
class ATTUNE_API Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ~Error() override;  // out of line: the type's identity lives in the library
  ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

}  // namespace attune
