// What a Tensor points to: a view of a storage and, when recorded, the edges to its inputs.
//
// Two counts. `handles` (in Handled) counts Tensor objects, each of which needs the values; `holds`
// counts all handles together as one, plus one for every graph edge that leads here. When the
// handles are gone the values go, unless the derivative asked to keep them; when the holds are gone
// the object goes. So a graph keeps the values that a derivative captured, and only those.
#pragma once

#include <attune/shape.hpp>
#include <attune/tensor.hpp>
#include <functional>
#include <list>
#include <new>
#include <string>
#include <vector>

#include "core/mode.hpp"
#include "core/storage.hpp"

namespace attune {
namespace internal {

// The way to one input that requires a gradient, with the closure that computes it.
struct Edge {
  static constexpr std::size_t closure_size = 48;
  Impl* input;  // a hold
  Tensor (*call)(const void* closure, const Tensor& gradient, const Tensor& result);
  void (*destroy)(void* closure) noexcept;
  bool needs_result;
  std::uint32_t outside_bytes;  // of a closure too large for `closure`, which then points to it
  alignas(8) std::byte closure[closure_size];

  void* captures() noexcept {
    return outside_bytes ? *reinterpret_cast<void**>(closure) : static_cast<void*>(closure);
  }
};

struct Hook {
  std::uint64_t number;  // from new_identity(): a backward calls those older than itself
  std::function<Tensor(const Tensor&)> call;
};

// What few tensors have.
struct Extras {
  std::string name;
  std::list<Hook> hooks;      // a list, since a hook that runs may add more
  std::vector<void*> frames;  // of the caller, in anomaly mode
  bool retain_grad = false;
};

enum class Edges : std::uint8_t {
  whole,
  freed,      // by a backward
  abandoned,  // by a backward that ended with an error
};

struct Impl : Handled {
  std::atomic<std::uint32_t> holds{1};
  DType dtype = f32;
  bool requires_grad = false;
  bool contiguous = true;
  std::atomic<bool> keeps_values = false;  // the derivative of this operation uses its result
  Edges state = Edges::whole;
  bool in_graph = false;  // counted by the storage as part of a graph
  Storage* storage = nullptr;
  std::byte* data = nullptr;
  std::int64_t numel = 0;
  Shape shape;
  Shape strides;
  std::uint64_t id = 0;  // identity of a variable; 0 for other tensors
  Extras* extras = nullptr;

  // --- the record; `operation` is null for a tensor that was not recorded
  const char* operation = nullptr;
  std::uint32_t result_version = 0;
  std::uint32_t edge_count = 0;
  std::uint32_t edge_capacity = 0;  // of more_edges
  Edge* more_edges = nullptr;       // instead of `inline_edges` when there are more than three
  // Scratch of the one backward that owns this node.
  std::atomic<const void*> owner{nullptr};
  std::uint32_t pending = 0;
  Tensor gradient;
  Impl* next_doomed = nullptr;
  union {
    Edge inline_edges[3];  // the first edge_count are set
  };

  Impl() noexcept {}
  ~Impl() {}

  Edge* edges() noexcept { return more_edges ? more_edges : inline_edges; }
  bool interior() const noexcept { return operation != nullptr; }

  static Impl* make(const char* operation);  // one handle, one hold; see pool_allocate
  void hold() noexcept { add_to_count(holds, 1, std::memory_order_relaxed); }
  // Drops a hold; the last one destroys this and, with a loop, whatever that sets free.
  void drop() noexcept;
  // Ends the record: closures destroyed, inputs let go.
  void free_edges() noexcept;
  // Has the storage count this as part of a graph, or no longer, for the rule on writing in place.
  void enter_graph() noexcept {
    if (!storage || in_graph) return;
    in_graph = true;
    storage->enter_graph();
  }
  void leave_graph() noexcept {
    if (!in_graph) return;
    in_graph = false;
    storage->leave_graph();
  }
  // Another handle to a node that the graph holds.
  Tensor handle() noexcept;
  Extras& extra() {
    if (!extras) extras = new Extras;
    return *extras;
  }
};

}  // namespace internal

// Here, where an Impl is known: every operation asks for those of its operands.
inline internal::Impl* Tensor::impl() const noexcept { return static_cast<internal::Impl*>(impl_); }

namespace internal {

// A tensor of shape and type with fresh, unset, row-major elements. Checks sizes: Error (shape)
// when one is negative, Error (memory) when the bytes cannot be had; both name `operation`.
Tensor empty_tensor(const char* operation, const Shape& shape, DType dtype);
// A parameter's tensor before it has values.
Tensor valueless_tensor(const Shape& shape, DType dtype);
// A view of the same storage.
Tensor view_of(const Tensor& base, const Shape& shape, const Shape& strides, std::int64_t offset);

Shape row_major(const Shape& shape) noexcept;
bool is_row_major(const Shape& shape, const Shape& strides) noexcept;

[[noreturn]] void fail_without_values(const char* operation, const Tensor& tensor);
// What an operand of `operation` points to, checked: defined and with values.
inline const Impl& operand(const char* operation, const Tensor& tensor) {
  const Impl* const impl = tensor.impl();
  if (!impl || !impl->storage) [[unlikely]]
    fail_without_values(operation, tensor);
  return *impl;
}
// More bytes than any machine has; of more elements no shape may have.
inline constexpr std::int64_t most_bytes = std::int64_t{1} << 46;
// The number of elements of a shape. Errors as for empty_tensor.
std::int64_t checked_numel(const char* operation, const Shape& shape, DType dtype);
// Error (value) when the number is to be an element of an integer type that cannot hold it.
void check_fits(const char* operation, Number number, DType dtype);
// Normalizes an axis; Error (index) naming the operation.
int checked_axis(const char* operation, std::int64_t axis, int rank);
// check_write where there is something to check.
void check_write_closely(const char* operation, const Impl& impl);
// The rule on writing in place: Error (state) when recording is on and the memory belongs to a
// tensor that takes part in a graph, or when elements of `tensor` share memory with each other.
inline void check_write(const char* operation, const Tensor& tensor) {
  const Impl& impl = operand(operation, tensor);
  if (current_mode.recording || !impl.contiguous) check_write_closely(operation, impl);
}
// The same, and raises the version: right before the elements change.
inline void begin_write(const char* operation, const Tensor& tensor) {
  check_write(operation, tensor);
  Storage& storage = *tensor.impl()->storage;
  add_to_count(storage.version, 1, std::memory_order_relaxed);
  storage.writer = operation;
}
std::uint64_t new_identity() noexcept;

template <class T>
T* data(const Tensor& tensor) noexcept {
  return reinterpret_cast<T*>(tensor.impl()->data);
}

// Calls f(T{}) with the C++ type of `dtype`.
template <class F>
decltype(auto) visit_dtype(DType dtype, F&& f) {
  switch (dtype) {
    case DType::f32:
      return f(float{});
    case DType::f64:
      return f(double{});
    case DType::i64:
      return f(std::int64_t{});
    case DType::i32:
      return f(std::int32_t{});
    case DType::u8:
      return f(std::uint8_t{});
    default:
      return f(bool{});
  }
}
template <class F>
decltype(auto) visit_floating(DType dtype, F&& f) {
  return dtype == DType::f64 ? f(double{}) : f(float{});
}

}  // namespace internal
}  // namespace attune
