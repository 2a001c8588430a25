// The streams of random numbers: which one a thread draws from, and its next draw.
#include <thread>

#include "core/fail.hpp"
#include "core/mode.hpp"
#include "core/random.hpp"

namespace attune {
namespace internal {

constinit RandomState no_stream;

namespace {

constinit RandomState default_stream;
const std::thread::id main_thread = std::this_thread::get_id();

void require_main_thread(const char* operation) {
  if (std::this_thread::get_id() != main_thread)
    fail(ErrorKind::state, operation,
         "the default random stream serves the main thread only, and this is another one: open a "
         "stream of its own in it, `Random scope{{{{.seed = 1, .stream = number}}}};`");
}

RandomState& current_stream(const char* operation) {
  RandomState* const state = current_mode.random;
  if (state == &no_stream)
    fail(ErrorKind::state, operation,
         "a chunk of a parallel loop has no random stream, as the order of its draws would depend "
         "on the scheduler: open one in the chunk, "
         "`Random scope{{{{.seed = 1, .stream = chunk}}}};`");
  if (state) return *state;
  require_main_thread(operation);
  return default_stream;
}

}  // namespace

Draw draw_of(const RandomState& state) {
  const PhiloxBlock block =
      philox({static_cast<std::uint32_t>(state.seed), static_cast<std::uint32_t>(state.seed >> 32)},
             {static_cast<std::uint32_t>(state.stream),
              static_cast<std::uint32_t>(state.stream >> 32), 0, 0});
  return {{block[0], block[1]}, state.counter};
}

Draw next_draw() {
  RandomState& state = current_stream("random");
  const Draw draw = draw_of(state);
  ++state.counter;
  return draw;
}

}  // namespace internal

RandomState Random::state() { return internal::current_stream("Random::state"); }

void Random::restore(const RandomState& state) {
  internal::current_stream("Random::restore") = state;
}

void manual_seed(std::uint64_t seed) {
  internal::require_main_thread("manual_seed");
  internal::default_stream = {.seed = seed};
}

}  // namespace attune
