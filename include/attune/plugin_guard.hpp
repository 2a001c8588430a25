// The border that no exception crosses: every entry of a plugin runs inside guard(). Internal to
// <attune/plugin.hpp>.
//
// Layer: core.
#pragma once

#include <attune/plugin_abi.h>
#include <exception>
#include <new>
#include <stdexcept>

namespace attune {

#pragma GCC visibility push(hidden)
namespace internal {

// The host that loaded T's plugin.
template <class T>
struct HostOf {
  static inline const attune_host* host = nullptr;
};

template <class T, class F>
std::int32_t guard(F&& f) noexcept {
  const attune_host* host = HostOf<T>::host;
  try {
    f();
    return ATTUNE_OK;
  } catch (const std::bad_alloc&) {
    host->fail("out of memory");
    return ATTUNE_E_MEMORY;
  } catch (const std::logic_error& error) {  // invalid_argument, domain_error, out_of_range, ...
    host->fail(error.what());
    return ATTUNE_E_INVALID;
  } catch (const std::exception& error) {
    host->fail(error.what());
    return ATTUNE_E_INTERNAL;
  } catch (...) {
    host->fail("an exception that is no std::exception");
    return ATTUNE_E_INTERNAL;
  }
}

}  // namespace internal
#pragma GCC visibility pop

}  // namespace attune
