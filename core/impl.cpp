// Life of tensors and graph nodes, and views.
#include "core/impl.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/fail.hpp"

namespace attune::internal {
namespace {

// Nodes whose last hold is gone and that wait for destruction. A thread destroys them in a loop,
// since each may set its inputs free: a chain of a million must not recurse.
constinit thread_local Impl* doomed = nullptr;
constinit thread_local bool draining = false;

void release_storage(Storage* storage, const Impl& impl) noexcept {
  if (!storage) return;
  if (impl.in_graph) storage->leave_graph();
  storage->release();
}

void let_go_of_values(Impl* impl) noexcept {
  // The thread that frees the edges and the one whose handle was the last may both come here.
  release_storage(std::atomic_ref(impl->storage).exchange(nullptr), *impl);
  impl->data = nullptr;
}

void destroy(Impl* impl) noexcept {
  impl->free_edges();
  impl->gradient = Tensor();
  delete impl->extras;
  release_storage(impl->storage, *impl);
  impl->~Impl();
  pool_free(impl, sizeof(Impl));
}

}  // namespace

Impl* Impl::make(const char* operation) {
  return new (pool_allocate(sizeof(Impl), operation)) Impl;
}

void Impl::drop() noexcept {
  // The only hold cannot be joined by another: no need to count down with a lock.
  if (holds.load(std::memory_order_acquire) != 1 && take_from(holds) != 1) return;
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
  if (add_to_count(handles, 1, std::memory_order_acq_rel) == 0) hold();
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
  std::uint64_t stride = 1;  // wraps only beside a size of 0, where nobody uses a stride
  for (int i = shape.rank() - 1; i >= 0; --i) {
    strides[i] = static_cast<std::int64_t>(stride);
    stride *= static_cast<std::uint64_t>(std::max<std::int64_t>(shape[i], 1));
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
  std::int64_t numel = 1;
  bool empty = false;
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] < 0) {
      fail(ErrorKind::shape, operation, "the size {} at axis {} of shape {} is negative", shape[i],
           i, shape);
    }
    empty = empty || shape[i] == 0;
  }
  // Also without elements: what merges axes multiplies their sizes.
  const std::int64_t most_elements =
      (empty ? std::int64_t{1} << 62 : most_bytes) >> std::countr_zero(size_of(dtype));
  for (std::int64_t size : shape) {
    if (size == 0) continue;
    if (__builtin_mul_overflow(numel, size, &numel) || numel > most_elements) {
      fail(ErrorKind::memory, operation,
           "a tensor of shape {} and type {} has more bytes than any machine: check the sizes",
           shape, dtype);
    }
  }
  return empty ? 0 : numel;
}

namespace {

Impl* describe(const char* operation, DType dtype, const Shape& shape, const Shape& strides,
               std::int64_t numel, bool contiguous) {
  Impl* const impl = Impl::make(operation);
  impl->dtype = dtype;
  impl->numel = numel;
  impl->shape = shape;
  impl->strides = strides;
  impl->contiguous = contiguous;
  return impl;
}

}  // namespace

Tensor empty_tensor(const char* operation, const Shape& shape, DType dtype) {
  const std::int64_t numel = checked_numel(operation, shape, dtype);
  // The description first: it goes with the Tensor when there is no memory for the elements.
  Impl* const impl = describe(operation, dtype, shape, row_major(shape), numel, true);
  Tensor tensor(impl, Tensor::Adopt{});
  impl->storage = Storage::make(static_cast<std::size_t>(numel) * size_of(dtype), operation);
  impl->data = impl->storage->data;
#ifndef NDEBUG
  std::memset(impl->data,
              is_floating(dtype) ? 0xFF
              : dtype == boolean ? 1
                                 : 0xA5,
              impl->storage->bytes);
#endif
  return tensor;
}

Tensor valueless_tensor(const Shape& shape, DType dtype) {
  const std::int64_t numel = checked_numel("Param", shape, dtype);
  return Tensor(describe("Param", dtype, shape, row_major(shape), numel, true), Tensor::Adopt{});
}

Tensor view_of(const Tensor& base, const Shape& shape, const Shape& strides, std::int64_t offset) {
  const Impl& of = *base.impl();
  Impl* const impl =
      describe("allocate", of.dtype, shape, strides, shape.numel(), is_row_major(shape, strides));
  of.storage->acquire();
  impl->storage = of.storage;
  impl->data = of.data + offset * static_cast<std::int64_t>(size_of(of.dtype));
  return Tensor(impl, Tensor::Adopt{});
}

}  // namespace attune::internal
