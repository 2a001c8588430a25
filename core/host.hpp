// The host's side of the C boundary that rules and initializers call: one table for all of them,
// linked in or loaded.
#pragma once

#include <attune/error.hpp>
#include <attune/plugin_abi.h>
#include <attune/random.hpp>
#include <string>
#include <string_view>

#include "core/float_control.hpp"

namespace attune::internal {

// Valid for the life of the process.
const attune_host* plugin_host() noexcept;

// The text that the calling thread's last call gave to host->fail, and forgets it. Whoever calls
// into a rule or an initializer does it with call_plugin, so that no text outlives its call.
std::string take_failure();

// Throws what a code other than ATTUNE_OK means: Error(plugin), or value, numeric or memory where
// the code says so, with `who` ("optimizer adam at step 3") and the text given to host->fail.
[[noreturn]] void fail_plugin(std::string_view who, std::int32_t code);

// Within a handler: takes what an exception says for the text of a failure.
std::int32_t caught_from_plugin() noexcept;

// Throws what it means that a call left the floating-point control word changed: Error(plugin).
[[noreturn]] void refuse_float_control(std::string_view who);

// One call into a rule or an initializer, which returns its code. Afterwards its text is forgotten
// and the floating-point control word is what it was, since the bits of all that follows depend on
// it; a code other than ATTUNE_OK is fail_plugin(who(), code), a changed word an error of its own.
template <class Call, class Who>
void call_plugin(const Call& call, const Who& who) {
  std::int32_t code = ATTUNE_OK;
  bool changed = false;
  {
    const KeepFloatControl control;
    try {
      code = call();
    } catch (const Error&) {  // of the host, about the call
      throw;
    } catch (...) {  // a table written by hand, without the guards of the headers
      code = caught_from_plugin();
    }
    changed = control.changed();
  }
  if (changed) refuse_float_control(who());
  if (code != ATTUNE_OK) fail_plugin(who(), code);
  take_failure();
}

// " (its path)" for what a plugin registered, "" for the tree's and the program's own.
std::string from_plugin(std::string_view origin);

// The names of the needs that the host does not offer, for the refusal at construction; "" when
// none.
std::string unmet_needs(std::uint64_t needs);

// Receives host->log_scalar of the calling thread while it stands.
class ScalarSink {
 public:
  using Receive = void (*)(void* context, const char* name, std::uint64_t tensor, double value);
  ScalarSink(Receive receive, void* context) noexcept;
  ~ScalarSink();
  ScalarSink(const ScalarSink&) = delete;
  ScalarSink& operator=(const ScalarSink&) = delete;

 private:
  Receive receive_;
  void* context_;
  ScalarSink* outer_;
  friend struct HostCalls;
};

// While it stands, the draws that this thread asks the host for come from the generator, one after
// the other, whatever their key: published results of NumPy. So each element may be drawn once, in
// ascending order; a draw out of order fails and is remembered.
class LegacyDraws {
 public:
  explicit LegacyDraws(NumpyLegacy& generator) noexcept;
  ~LegacyDraws();
  LegacyDraws(const LegacyDraws&) = delete;
  LegacyDraws& operator=(const LegacyDraws&) = delete;
  bool refused() const noexcept { return refused_; }

 private:
  NumpyLegacy& generator_;
  std::int64_t next_ = 0;
  bool refused_ = false;
  LegacyDraws* outer_;
  friend struct HostCalls;
};

}  // namespace attune::internal
