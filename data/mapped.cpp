// A set with one field passed through a function as samples are gathered.
#include <attune/mode.hpp>
#include <attune/random.hpp>
#include <cstring>
#include <numeric>

#include "attune/data/set.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/impl.hpp"
#include "core/parallel.hpp"
#include "data/task.hpp"

namespace attune::data {

using attune::internal::empty_tensor;
using attune::internal::fail;
using attune::internal::view_of;

namespace {

class Mapped : public Source {
 public:
  Mapped(std::shared_ptr<const Source> base, int field, Function function,
         const MapOptions& options)
      : base_(std::move(base)),
        field_(static_cast<std::size_t>(field)),
        function_(std::move(function)),
        options_(options),
        fields_(base_->fields().begin(), base_->fields().end()) {
    const std::int64_t first[] = {0};
    std::vector<Tensor> sample(fields_.size());
    base_->gather(first, 0, sample);
    const Tensor& x = sample[field_];
    const Tensor y = options_.per_batch ? call(x, 0, 0) : call(entry(x, 0), 0, 0);
    if (options_.per_batch) check_batch(y, 1, 0);
    Shape shape = y.shape();
    if (options_.per_batch) shape.erase(0);
    fields_[field_].dtype = y.dtype();
    fields_[field_].shape = shape;
  }

  std::int64_t size() const override { return base_->size(); }
  std::span<const Field> fields() const override { return fields_; }
  bool costly() const override { return true; }
  bool made(int field) const override {
    return static_cast<std::size_t>(field) == field_ || base_->made(field);
  }

  void gather(std::span<const std::int64_t> indices, std::int64_t epoch,
              std::span<Tensor> out) const override {
    base_->gather(indices, epoch, out);
    apply(indices, epoch, out[field_]);
  }

  Tensor column(int field) const override {
    if (static_cast<std::size_t>(field) != field_) return base_->column(field);
    Tensor x = base_->column(field);
    if (options_.per_batch) x = x.clone();  // the function may write to what it is given
    std::vector<std::int64_t> all(static_cast<std::size_t>(size()));
    std::iota(all.begin(), all.end(), std::int64_t{0});
    apply(all, 0, x);
    return x;
  }

 private:
  static Tensor entry(const Tensor& x, std::int64_t i) {
    Shape shape = x.shape();
    Shape strides = x.strides();
    const std::int64_t offset = i * strides[0];
    shape.erase(0);
    strides.erase(0);
    return view_of(x, shape, strides, offset);
  }

  // The function on x, in a stream of its own.
  Tensor call(const Tensor& x, std::int64_t epoch, std::int64_t index) const {
    const NoGrad values_only;
    RandomState state = internal::task_state(internal::Task::function, options_.seed,
                                             static_cast<std::uint64_t>(index));
    state.counter = static_cast<std::uint64_t>(epoch) << 32;
    const Random stream(state);
    Tensor y = function_(x);
    if (!y.defined()) {
      fail(ErrorKind::state, "mapped", "the function returned an undefined tensor for sample {}",
           index);
    }
    return attune::internal::as_contiguous("mapped", y.detach(), y.dtype());
  }

  void check_batch(const Tensor& y, std::int64_t count, std::int64_t first) const {
    if (y.dim() == 0 || y.shape()[0] != count) {
      fail(ErrorKind::shape, "mapped",
           "the function made shape {} from {} samples beginning with sample {}: axis 0 must stay",
           y.shape(), count, first);
    }
  }

  void check_sample(const Tensor& y, const Shape& shape, std::int64_t index) const {
    const Field& field = fields_[field_];
    if (y.dtype() != field.dtype) {
      fail(ErrorKind::dtype, "mapped", "the function returned {} for sample {} but {} for sample 0",
           y.dtype(), index, field.dtype);
    }
    if (shape != field.shape) {
      fail(ErrorKind::shape, "mapped",
           "the function returned shape {} for sample {} but {} for sample 0: crop or pad to one "
           "shape",
           shape, index, field.shape);
    }
  }

  void apply(std::span<const std::int64_t> indices, std::int64_t epoch, Tensor& x) const {
    const auto count = static_cast<std::int64_t>(indices.size());
    if (options_.per_batch) {
      if (count > 0)
        x = whole_batch(x, count, epoch, indices[0]);
      else
        x = empty_tensor("mapped", with_rows(0), fields_[field_].dtype);
      return;
    }
    Tensor out = empty_tensor("mapped", with_rows(count), fields_[field_].dtype);
    const std::size_t bytes =
        static_cast<std::size_t>(fields_[field_].shape.numel()) * size_of(fields_[field_].dtype);
    // What the function costs is unknown: it counts as much, so that samples go to all threads.
    attune::internal::parallel_for(
        count, count * attune::internal::serial_work, [&](std::int64_t i) {
          const std::int64_t index = indices[static_cast<std::size_t>(i)];
          // Elements of its own: several functions may write to what they are given at once.
          const Tensor own = attune::internal::contiguous_copy("mapped", entry(x, i), x.dtype());
          const Tensor y = call(own, epoch, index);
          check_sample(y, y.shape(), index);
          if (bytes > 0) {
            std::memcpy(out.impl()->data + static_cast<std::size_t>(i) * bytes, y.impl()->data,
                        bytes);
          }
        });
    x = out;
  }

  Tensor whole_batch(const Tensor& x, std::int64_t count, std::int64_t epoch,
                     std::int64_t first) const {
    const Tensor y = call(x, epoch, first);
    check_batch(y, count, first);
    Shape sample = y.shape();
    sample.erase(0);
    check_sample(y, sample, first);
    return y;
  }

  Shape with_rows(std::int64_t count) const {
    Shape shape = fields_[field_].shape;
    shape.insert(0, count);
    return shape;
  }

  std::shared_ptr<const Source> base_;
  std::size_t field_;
  Function function_;
  MapOptions options_;
  std::vector<Field> fields_;
};

}  // namespace

Set mapped(const Set& set, Function function, const MapOptions& options) {
  if (set.empty()) fail(ErrorKind::value, "mapped", "the set is empty: nothing to map");
  if (!function) fail(ErrorKind::value, "mapped", "the function is empty");
  const int field = set.field(options.field);
  auto source = std::make_shared<Mapped>(set.source(), field, std::move(function), options);
  Names names = set.names();  // of columns only as long as these are the same
  if (field == 0 && source->fields()[0].shape != set.fields()[0].shape) names.features.clear();
  return Set(std::move(source), std::move(names));
}

TrainSet mapped(const TrainSet& set, Function function, const MapOptions& options) {
  return TrainSet(mapped(static_cast<const Set&>(set), std::move(function), options));
}

}  // namespace attune::data
