// The loops that carry a rule's arithmetic over a chunk: whole batches, then the tail as one padded
// batch. Internal to <attune/rule.hpp>.
//
// Layer: optim.
#pragma once

#include <algorithm>
#include <attune/rule.hpp>
#include <cstddef>
#include <cstring>
#include <tuple>

namespace attune {
#pragma GCC visibility push(hidden)
namespace internal {

// A rule without state or without sums has these.
template <class V>
struct None {};

// Whether an array of a chunk is there.
enum class Has { yes, no, maybe };

// Where a batch of T is read and written. An absent array reads as zeros and is written to nowhere.
// Nothing is asked for ahead: Zen 4 sees so plain a loop coming, and requests of our own take the
// places of its (10 M f32: Adam 8.2 ms with them 2 KB ahead, 6.3 without; 1 KB into the
// second-level cache: rmsprop 5.0 and 4.1). A Xeon took 9.9 ms for that Adam with them and 10.8
// without.
template <class T, Has has>
class Stream {
 public:
  using V = xsimd::batch<T>;
  static constexpr std::size_t width = V::size;

  explicit Stream(void* data) : data_(static_cast<T*>(data)) {}

  V load(std::int64_t i) const {
    if (!is_there()) return V(T(0));
    return V::load_unaligned(data_ + i);
  }
  void store(std::int64_t i, const V& value) const {
    if (is_there()) value.store_unaligned(data_ + i);
  }
  // A tail of `count` elements, its last one repeated: no operation then sees a value that the tail
  // does not hold.
  V load_tail(std::int64_t i, std::size_t count) const {
    alignas(V) T buffer[width] = {};
    if (is_there()) {
      std::memcpy(buffer, data_ + i, count * sizeof(T));
      for (std::size_t k = count; k < width; ++k) buffer[k] = buffer[count - 1];
    }
    return V::load_aligned(buffer);
  }
  void store_tail(std::int64_t i, std::size_t count, const V& value) const {
    if (!is_there()) return;
    alignas(V) T buffer[width];
    value.store_aligned(buffer);
    std::memcpy(data_ + i, buffer, count * sizeof(T));
  }

 private:
  bool is_there() const { return has == Has::yes || (has == Has::maybe && data_ != nullptr); }
  T* data_;
};

// What a loop writes back.
enum class Writes { all, states, value };

// Of so many states that may be absent it is known at compile time whether they are: each set of
// them has a loop of its own. The fewer instructions a batch takes, the more of them wait for
// memory at once: sgd without momentum on 10 M f32 takes 1.12 of the time of a bare loop on the
// same arrays when its state is tested in the loop and stored to nowhere, 1.05 without, 1.02 when
// four batches share a jump; rmsprop without its two others .96 of what it took. A rule that may
// lack three states has eight loops for each type, 30 to 35 KB for each instruction set.
constexpr std::size_t known_states = 3;

// Of a loop for the chunks in which those states are absent whose bits are set.
struct LoopKind {
  Writes writes;
  bool may_lack;  // a rule some of whose states are not always active
  unsigned absent = 0;

  // Values alone are a view, which may come before the states.
  constexpr Has gradient() const { return writes == Writes::value ? Has::no : Has::yes; }
  constexpr Has state(std::size_t i) const {
    if (writes == Writes::value) return Has::maybe;
    if (!may_lack) return Has::yes;
    if (i >= known_states) return Has::maybe;
    return (absent >> i & 1) != 0 ? Has::no : Has::yes;
  }
};

// Everything is inlined into the one loop: the numbers of the step then stay in registers, narrowed
// and broadcast once.
template <class T, template <class> class State, LoopKind kind, class Body>
[[gnu::flatten]] void run_batches(const attune_chunk& chunk, const Body& given) {
  using V = xsimd::batch<T>;
  constexpr std::size_t n = reflect::count<State<V>>();
  constexpr std::int64_t width = static_cast<std::int64_t>(V::size);
  const std::int64_t count = chunk.count;
  const Body body = given;  // a local one: stores to the chunk cannot change it

  [&]<std::size_t... I>(std::index_sequence<I...>) {
    const Stream<T, Has::yes> value(chunk.value);
    const Stream<T, kind.gradient()> gradient(const_cast<void*>(chunk.gradient));
    const std::tuple<Stream<T, kind.state(I)>...> states(chunk.states[I]...);
    std::int64_t i = 0;
#pragma GCC unroll 4
    for (; i + width <= count; i += width) {
      V p = value.load(i);
      State<V> s{};
      ((reflect::field<I>(s) = std::get<I>(states).load(i)), ...);
      body(p, gradient.load(i), s, i, V::size);
      if constexpr (kind.writes != Writes::states) value.store(i, p);
      if constexpr (kind.writes != Writes::value) {
        (std::get<I>(states).store(i, reflect::field<I>(s)), ...);
      }
    }
    if (i < count) {
      const auto rest = static_cast<std::size_t>(count - i);
      V p = value.load_tail(i, rest);
      State<V> s{};
      ((reflect::field<I>(s) = std::get<I>(states).load_tail(i, rest)), ...);
      body(p, gradient.load_tail(i, rest), s, i, rest);
      if constexpr (kind.writes != Writes::states) value.store_tail(i, rest, p);
      if constexpr (kind.writes != Writes::value) {
        (std::get<I>(states).store_tail(i, rest, reflect::field<I>(s)), ...);
      }
    }
  }
  (std::make_index_sequence<n>{});
}

// Calls body(p, g, s, i, lanes) for every batch of a chunk, which begins at its element i, and
// writes back p, s or both.
template <class T, template <class> class State, LoopKind kind, std::size_t decided = 0, class Body>
void for_batches(const attune_chunk& chunk, const Body& body) {
  constexpr std::size_t n = reflect::count<State<xsimd::batch<T>>>();
  if constexpr (!kind.may_lack || kind.writes == Writes::value ||
                decided == std::min(n, known_states)) {
    run_batches<T, State, kind>(chunk, body);
  } else if (chunk.states[decided] != nullptr) {
    for_batches<T, State, kind, decided + 1>(chunk, body);
  } else {
    constexpr LoopKind lacking{kind.writes, true, kind.absent | 1U << decided};
    for_batches<T, State, lacking, decided + 1>(chunk, body);
  }
}

}  // namespace internal
#pragma GCC visibility pop
}  // namespace attune
