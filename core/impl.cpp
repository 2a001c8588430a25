// Life of tensors and graph nodes; views; the checks that every operation makes of its operands.
#include "core/impl.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <fmt/format.h>

#include "core/fail.hpp"
#include "core/mode.hpp"

namespace attune::internal {
namespace {

// Nodes whose last hold is gone and that wait for destruction. A thread destroys them in a loop,
// since each may set its inputs free: a chain of a million must not recurse.
constinit thread_local Impl* doomed = nullptr;
constinit thread_local bool draining = false;

void destroy(Impl* impl) noexcept {
  impl->free_edges();
  impl->gradient = Tensor();
  delete impl->extras;
  if (impl->storage) impl->storage->release();
  impl->~Impl();
  pool_free(impl, sizeof(Impl));
}

void let_go_of_values(Impl* impl) noexcept {
  // The thread that frees the edges and the one whose handle was the last may both come here.
  Storage* const storage = std::atomic_ref(impl->storage).exchange(nullptr);
  if (storage) storage->release();
  impl->data = nullptr;
}

}  // namespace

Impl* Impl::make() { return new (pool_allocate(sizeof(Impl))) Impl; }

void Impl::drop() noexcept {
  if (holds.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (!interior()) return destroy(this);  // a leaf holds nothing that could recurse
  next_doomed = doomed;
  doomed = this;
  if (draining) return;
  draining = true;
  while (Impl* const next = doomed) {
    doomed = next->next_doomed;
    destroy(next);
  }
  draining = false;
}

void Impl::free_edges() noexcept {
  Edge* const list = edges();
  for (std::uint32_t i = 0; i < edge_count; ++i) {
    list[i].destroy(list[i].captures());
    if (list[i].outside_bytes) pool_free(list[i].captures(), list[i].outside_bytes);
    list[i].input->drop();
  }
  if (more_edges) pool_free(more_edges, edge_capacity * sizeof(Edge));
  more_edges = nullptr;
  edge_count = edge_capacity = 0;
  keeps_values = false;
  if (handles.load(std::memory_order_acquire) == 0) let_go_of_values(this);
}

Tensor Impl::handle() noexcept {
  if (handles.fetch_add(1, std::memory_order_acq_rel) == 0) hold();
  return Tensor(this, Tensor::Adopt{});
}

void release(Handled* handled) noexcept {
  Impl* const impl = static_cast<Impl*>(handled);
  if (!impl->keeps_values && impl->holds.load(std::memory_order_acquire) != 1) {
    let_go_of_values(impl);
  }
  impl->drop();
}

std::uint64_t new_identity() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

Shape row_major(const Shape& shape) noexcept {
  Shape strides = shape;
  std::int64_t stride = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    strides[i] = stride;
    stride *= std::max<std::int64_t>(shape[i], 1);
  }
  return strides;
}

bool is_row_major(const Shape& shape, const Shape& strides) noexcept {
  std::int64_t expected = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    if (shape[i] == 0) return true;
    if (shape[i] != 1 && strides[i] != expected) return false;
    expected *= shape[i];
  }
  return true;
}

std::int64_t checked_numel(const char* operation, const Shape& shape, DType dtype) {
  constexpr std::int64_t most = std::int64_t{1} << 46;  // bytes
  std::int64_t numel = 1;
  bool empty = false;
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] < 0) {
      fail(ErrorKind::shape, operation, "the size {} at axis {} of shape {} is negative", shape[i],
           i, shape);
    }
    empty = empty || shape[i] == 0;
  }
  if (empty) return 0;
  const std::int64_t most_elements = most >> std::countr_zero(size_of(dtype));
  for (std::int64_t size : shape) {
    if (__builtin_mul_overflow(numel, size, &numel) || numel > most_elements) {
      fail(ErrorKind::memory, operation,
           "a tensor of shape {} and type {} has more bytes than any machine: check the sizes",
           shape, dtype);
    }
  }
  return numel;
}

namespace {

Impl* describe(DType dtype, const Shape& shape, const Shape& strides, std::int64_t numel,
               bool contiguous) {
  Impl* const impl = Impl::make();
  impl->dtype = dtype;
  impl->numel = numel;
  impl->shape = shape;
  impl->strides = strides;
  impl->contiguous = contiguous;
  return impl;
}

}  // namespace

Tensor make_tensor(Storage* storage, std::byte* data, DType dtype, const Shape& shape,
                   const Shape& strides) {
  Impl* const impl = describe(dtype, shape, strides, shape.numel(), is_row_major(shape, strides));
  impl->storage = storage;
  impl->data = data;
  return Tensor(impl, Tensor::Adopt{});
}

Tensor empty_tensor(const char* operation, const Shape& shape, DType dtype) {
  const std::int64_t numel = checked_numel(operation, shape, dtype);
  Storage* const storage = Storage::make(static_cast<std::size_t>(numel) * size_of(dtype));
#ifndef NDEBUG
  std::memset(storage->data,
              is_floating(dtype) ? 0xFF
              : dtype == boolean ? 1
                                 : 0xA5,
              storage->bytes);
#endif
  Impl* const impl = describe(dtype, shape, row_major(shape), numel, true);
  impl->storage = storage;
  impl->data = storage->data;
  return Tensor(impl, Tensor::Adopt{});
}

Tensor valueless_tensor(const Shape& shape, DType dtype) {
  const std::int64_t numel = checked_numel("Param", shape, dtype);
  return Tensor(describe(dtype, shape, row_major(shape), numel, true), Tensor::Adopt{});
}

Tensor view_of(const Tensor& base, const Shape& shape, const Shape& strides, std::int64_t offset) {
  const Impl& impl = *base.impl();
  impl.storage->acquire();
  return make_tensor(impl.storage,
                     impl.data + offset * static_cast<std::int64_t>(size_of(impl.dtype)),
                     impl.dtype, shape, strides);
}

const Impl& operand(const char* operation, const Tensor& tensor) {
  const Impl* const impl = tensor.impl();
  if (!impl) {
    fail(ErrorKind::state, operation,
         "an operand is an undefined Tensor (default constructed or moved from)");
  }
  if (!impl->storage) {
    if (!tensor.name().empty()) {
      fail(ErrorKind::state, operation,
           "{} has no values yet: call initialize(params(model), \"he_normal\") or load(model, "
           "file)",
           tensor.name());
    }
    fail(ErrorKind::state, operation,
         "a parameter of shape {} has no values yet: call initialize(params(model), \"he_normal\") "
         "or load(model, file)",
         impl->shape);
  }
  return *impl;
}

int checked_axis(const char* operation, std::int64_t axis, int rank) {
  const std::int64_t normalized = axis < 0 ? axis + rank : axis;
  if (normalized < 0 || normalized >= rank) {
    if (rank == 0) {
      fail(ErrorKind::index, operation, "axis {} of a 0-d tensor, which has no axes", axis);
    }
    fail(ErrorKind::index, operation, "axis {} is outside [{}, {}) of a tensor with {} axes", axis,
         -rank, rank, rank);
  }
  return static_cast<int>(normalized);
}

void check_write(const char* operation, const Tensor& tensor) {
  const Impl& impl = operand(operation, tensor);
  if (current_mode.recording && impl.requires_grad) {
    fail(ErrorKind::state, operation,
         "writing in place to a tensor that {}: no derivative flows through a write; hold a NoGrad "
         "scope, or use the operation that returns a new tensor",
         impl.interior() ? fmt::format("was recorded by {}", impl.operation)
                         : "requires a gradient");
  }
  for (int i = 0; i < impl.shape.rank(); ++i) {
    if (impl.strides[i] == 0 && impl.shape[i] > 1) {
      fail(ErrorKind::state, operation,
           "writing in place to an expanded tensor of shape {}, whose elements share memory along "
           "axis {}: clone() it first",
           impl.shape, i);
    }
  }
}

void begin_write(const char* operation, const Tensor& tensor) {
  check_write(operation, tensor);
  Storage& storage = *tensor.impl()->storage;
  storage.version.fetch_add(1, std::memory_order_relaxed);
  storage.writer = operation;
}

}  // namespace attune::internal
