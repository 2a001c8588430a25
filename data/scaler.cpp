// Figures of features, taken in parts of the set so that it need not fit into memory.
#include "attune/data/scaler.hpp"

#include <algorithm>
#include <attune/mode.hpp>
#include <cmath>
#include <limits>

#include "attune/ops/binary.hpp"
#include "core/elementwise.hpp"
#include "core/fail.hpp"
#include "core/format.hpp"
#include "core/impl.hpp"

namespace attune::data {

using attune::internal::fail;

namespace {

// Sums of the distances from the first sample's values: a feature that never changes has exactly 0.
struct Figures {
  std::vector<double> first, sum, squares, lowest, highest;
  std::int64_t inner = 1;  // elements of a sample that share a figure
  std::int64_t count = 0;  // values behind each figure
  Shape shape;
  DType dtype = f32;

  double mean(std::size_t j) const { return first[j] + sum[j] / static_cast<double>(count); }
  double deviation(std::size_t j) const {
    const double n = static_cast<double>(count);
    const double mean_distance = sum[j] / n;
    return std::sqrt(std::max(0.0, squares[j] / n - mean_distance * mean_distance));
  }
};

std::string feature_name(const Set& set, std::size_t j) {
  const auto& names = set.names().features;
  return j < names.size() ? fmt::format("feature {} (\"{}\")", j, names[j])
                          : fmt::format("feature {}", j);
}

[[noreturn]] void refuse(const char* operation, const Set& set, std::size_t j,
                         std::int64_t first_sample, std::size_t sample,
                         std::span<const double> values) {
  for (const double value : values) {
    if (!std::isfinite(value)) {
      fail(ErrorKind::numeric, operation,
           "{} is {} in sample {}: fill it in or leave the sample out", feature_name(set, j), value,
           static_cast<std::size_t>(first_sample) + sample);
    }
  }
  fail(ErrorKind::numeric, operation, "the variance of {} is beyond f64: scale it down first",
       feature_name(set, j));
}

void add(const char* operation, const Set& set, const Tensor& part, std::int64_t first_sample,
         Figures& figures) {
  const auto values = part.values<double>();
  const std::size_t features = figures.first.size();
  const auto inner = static_cast<std::size_t>(figures.inner);
  const double* value = values.data();
  for (std::size_t sample = 0; value != values.data() + values.size(); ++sample) {
    for (std::size_t j = 0; j < features; ++j) {
      if (figures.count == 0 && sample == 0) {
        figures.first[j] = figures.lowest[j] = figures.highest[j] = *value;
      }
      const double origin = figures.first[j];
      double sum = 0, squares = 0, lowest = figures.lowest[j], highest = figures.highest[j];
      for (const double* const end = value + inner; value != end; ++value) {
        const double distance = *value - origin;
        sum += distance;
        squares += distance * distance;
        lowest = std::min(lowest, *value);
        highest = std::max(highest, *value);
      }
      if (!std::isfinite(squares))
        refuse(operation, set, j, first_sample, sample, {value - inner, value});
      figures.sum[j] += sum;
      figures.squares[j] += squares;
      figures.lowest[j] = lowest;
      figures.highest[j] = highest;
    }
  }
}

Figures figures_of(const char* operation, const TrainSet& train, const FitOptions& options) {
  if (train.empty()) fail(ErrorKind::value, operation, "the training set is empty");
  const auto at = static_cast<std::size_t>(train.field(options.field));
  const Field& field = train.fields()[at];
  if (options.per_channel && field.shape.rank() < 2) {
    fail(ErrorKind::shape, operation,
         "per_channel needs samples of shape [channels, ...], and field \"{}\" has {}",
         options.field, field.shape);
  }
  Figures figures;
  figures.dtype = floating(field.dtype);
  figures.shape = field.shape;
  if (options.per_channel) {
    for (int axis = 1; axis < figures.shape.rank(); ++axis) figures.shape[axis] = 1;
    figures.inner = field.shape.numel() / std::max<std::int64_t>(1, field.shape[0]);
  }
  const auto features = static_cast<std::size_t>(figures.shape.numel());
  for (auto* list :
       {&figures.first, &figures.sum, &figures.squares, &figures.lowest, &figures.highest}) {
    list->resize(features);
  }

  constexpr std::int64_t part_bytes = 1 << 22;
  const std::int64_t row_bytes = 8 * std::max<std::int64_t>(1, field.shape.numel());
  const std::int64_t per_part = std::max<std::int64_t>(1, part_bytes / row_bytes);
  const NoGrad values_only;
  std::vector<Tensor> part(train.fields().size());
  for (std::int64_t first = 0; first < train.size(); first += per_part) {
    const std::int64_t count = std::min(per_part, train.size() - first);
    train.source()->range(first, count, 0, part);
    add(operation, train, attune::internal::as_contiguous(operation, part[at], f64), first,
        figures);
    figures.count += count * figures.inner;
  }
  return figures;
}

// f(j) for every feature, as a buffer.
template <class F>
Buffer buffer_of(const Figures& figures, F&& f) {
  std::vector<double> values(figures.first.size());
  for (std::size_t j = 0; j < values.size(); ++j) values[j] = f(j);
  return Buffer(tensor(values, figures.shape).to(figures.dtype));
}

// What a feature is divided by: itself, or 1 where the division would blow up rounding errors.
double divisor(double scale, DType dtype) {
  const bool normal =
      dtype == f64 ? std::isnormal(scale) : std::isnormal(static_cast<float>(scale));
  return normal ? scale : 1;
}

Tensor scaled(const char* operation, const Tensor& x, const Buffer& offset, const Buffer& scale) {
  attune::internal::operand(operation, x);
  if (!offset.has_values() || !scale.has_values()) {
    fail(ErrorKind::state, operation,
         "it has no figures yet: assign data::{}::fit(train), or load the model", operation);
  }
  const Shape& own = scale.tensor().shape();
  const Shape& shape = x.shape();
  bool fits = shape.rank() >= own.rank();
  for (int back = 1; fits && back <= own.rank(); ++back) {
    const std::int64_t figure = own[own.rank() - back];
    // Figures per channel, [C, 1, 1], serve pictures of any size.
    const bool shared = figure == 1 && back < own.rank();
    fits = shared || shape[shape.rank() - back] == figure;
  }
  if (!fits) {
    fail(ErrorKind::shape, operation,
         "x of shape {} does not end in {}, the shape of a sample it was "
         "fitted to",
         shape, own);
  }
  return div(sub(x, offset), scale);
}

}  // namespace

Standardizer Standardizer::fit(const TrainSet& train, const FitOptions& options) {
  const Figures figures = figures_of("Standardizer", train, options);
  return {buffer_of(figures, [&](std::size_t j) { return figures.mean(j); }),
          buffer_of(figures,
                    [&](std::size_t j) { return divisor(figures.deviation(j), figures.dtype); })};
}

Tensor Standardizer::operator()(const Tensor& x) const {
  return scaled("Standardizer", x, mean, scale);
}

MinMax MinMax::fit(const TrainSet& train, const FitOptions& options) {
  const Figures figures = figures_of("MinMax", train, options);
  return {buffer_of(figures, [&](std::size_t j) { return figures.lowest[j]; }),
          buffer_of(figures, [&](std::size_t j) {
            const double range = figures.highest[j] - figures.lowest[j];
            if (!std::isfinite(figures.dtype == f32 ? static_cast<float>(range) : range)) {
              fail(ErrorKind::numeric, "MinMax",
                   "feature {} runs from {} to {}, a range beyond {}: divide it by a power of ten "
                   "first, or use f64",
                   j, figures.lowest[j], figures.highest[j], figures.dtype);
            }
            return divisor(range, figures.dtype);
          })};
}

Tensor MinMax::operator()(const Tensor& x) const { return scaled("MinMax", x, low, scale); }

}  // namespace attune::data
