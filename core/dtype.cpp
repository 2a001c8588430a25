// Names of element types.
#include "attune/dtype.hpp"

#include <ostream>

namespace attune {

const char* name(DType dtype) noexcept {
  constexpr const char* names[dtype_count] = {"f32", "f64", "i64", "i32", "u8", "bool"};
  return names[static_cast<int>(dtype)];
}

std::ostream& operator<<(std::ostream& out, DType dtype) { return out << name(dtype); }

}  // namespace attune
