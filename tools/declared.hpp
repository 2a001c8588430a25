// What the public headers declare, as a table that the build makes of them (cmake/declared.cmake):
// no list is kept by hand.
#pragma once

#include <span>

namespace attune::tools {

struct Declared {
  const char* name;     // matmul, Linear
  const char* family;   // the header that declares it: matmul, linear
  const char* summary;  // the first sentence of its comment; may be empty
  bool alias;           // an inline function: another's other name, or made of others
};

// No two rows of one of these have the same name.
std::span<const Declared> declared_operations();  // <attune/ops/*.hpp>, <attune/tensor.hpp>
std::span<const Declared> declared_layers();      // <attune/nn/*.hpp>

}  // namespace attune::tools
