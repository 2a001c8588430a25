// The loops that carry a rule's arithmetic over a chunk: whole batches, then the tail as one padded
// batch. Internal to <attune/rule.hpp>.
//
// Layer: optim.
#pragma once

#include <array>
#include <attune/rule.hpp>
#include <cstddef>
#include <cstring>

namespace attune {
#pragma GCC visibility push(hidden)
namespace internal {

// A rule without state or without sums has these.
template <class V>
struct None {};

// Where a batch of T is read and written. An absent array reads as zeros and is written to nowhere,
// so that the loop needs no branch and carries no dependency from batch to batch. Nothing is asked
// for ahead: Zen 4 sees so plain a loop coming, and requests of our own take the places of its (10
// M f32: Adam 8.2 ms with them 2 KB ahead, 6.3 without; 1 KB into the second-level cache:
// rmsprop 5.0 and 4.1). A Xeon took 9.9 ms for that Adam with them and 10.8 without.
template <class T>
class Stream {
 public:
  using V = xsimd::batch<T>;
  static constexpr std::size_t width = V::size;

  explicit Stream(void* data) : data_(static_cast<T*>(data)) {}

  V load(std::int64_t i, const T* zeros) const {
    return V::load_unaligned(data_ != nullptr ? data_ + i : zeros);
  }
  void store(std::int64_t i, T* nowhere, const V& value) const {
    value.store_unaligned(data_ != nullptr ? data_ + i : nowhere);
  }
  // A tail of `count` elements, its last one repeated: no operation then sees a value that the tail
  // does not hold.
  V load_tail(std::int64_t i, std::size_t count) const {
    alignas(V) T buffer[width] = {};
    if (data_ != nullptr) {
      std::memcpy(buffer, data_ + i, count * sizeof(T));
      for (std::size_t k = count; k < width; ++k) buffer[k] = buffer[count - 1];
    }
    return V::load_aligned(buffer);
  }
  void store_tail(std::int64_t i, std::size_t count, const V& value) const {
    if (data_ == nullptr) return;
    alignas(V) T buffer[width];
    value.store_aligned(buffer);
    std::memcpy(data_ + i, buffer, count * sizeof(T));
  }

 private:
  T* data_;
};

// What a loop writes back.
enum class Writes { all, states, value };

// Calls body(p, g, s, i, lanes) for every batch of a chunk, which begins at its element i, and
// writes back p, s or both.
// Everything is inlined into the one loop: the numbers of the step then stay in registers, narrowed
// and broadcast once.
template <class T, template <class> class State, Writes writes, class Body>
[[gnu::flatten]] void for_batches(const attune_chunk& chunk, const Body& given) {
  using V = xsimd::batch<T>;
  constexpr std::size_t n = reflect::count<State<V>>();
  constexpr std::int64_t width = static_cast<std::int64_t>(V::size);
  alignas(V) const T zeros[V::size] = {};
  alignas(V) T nowhere[V::size];
  const Body body = given;  // a local one: stores to the chunk cannot change it

  [&]<std::size_t... I>(std::index_sequence<I...>) {
    const Stream<T> value(chunk.value);
    const Stream<T> gradient(const_cast<void*>(chunk.gradient));
    const std::array<Stream<T>, n> states{Stream<T>(chunk.states[I])...};
    std::int64_t i = 0;
    for (; i + width <= chunk.count; i += width) {
      V p = value.load(i, zeros);
      State<V> s{};
      ((reflect::field<I>(s) = states[I].load(i, zeros)), ...);
      body(p, gradient.load(i, zeros), s, i, V::size);
      if constexpr (writes != Writes::states) value.store(i, nowhere, p);
      if constexpr (writes != Writes::value) {
        (states[I].store(i, nowhere, reflect::field<I>(s)), ...);
      }
    }
    if (i < chunk.count) {
      const auto rest = static_cast<std::size_t>(chunk.count - i);
      V p = value.load_tail(i, rest);
      State<V> s{};
      ((reflect::field<I>(s) = states[I].load_tail(i, rest)), ...);
      body(p, gradient.load_tail(i, rest), s, i, rest);
      if constexpr (writes != Writes::states) value.store_tail(i, rest, p);
      if constexpr (writes != Writes::value) {
        (states[I].store_tail(i, rest, reflect::field<I>(s)), ...);
      }
    }
  }
  (std::make_index_sequence<n>{});
}

}  // namespace internal
#pragma GCC visibility pop
}  // namespace attune
