// The storage behind Mode::current().
#include "core/mode.hpp"

namespace attune {
namespace internal {

constinit thread_local Mode current_mode;

}  // namespace internal

Mode& Mode::current() noexcept { return internal::current_mode; }

}  // namespace attune
