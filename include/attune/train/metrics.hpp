// Metrics: figures that sum up how outputs meet their targets. A metric is a small value:
//
//   void add(const Tensor& output, const Tensor& target);  // one batch more
//   double value() const;                                  // of all that was added
//
// For fit it has `static constexpr const char* name` and `static constexpr bool higher_is_better`,
// too; where it has `void begin(const data::Set& set)`, that is called first. Sums are counts or
// doubles, added in the order of the batches: the same bits at any number of threads.
//
// Layer: train.
#pragma once

#include <attune/data/set.hpp>
#include <attune/export.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace attune {

// What training minimizes: any function of output and target with one number as result, with or
// without options of its own: `.loss = cross_entropy`, `.loss = [](const Tensor& y, const Tensor&
// t) { ... }`.
class Loss {
 public:
  Loss() = default;  // none
  template <class Options>
  Loss(Tensor (*function)(const Tensor&, const Tensor&, const Options&))  // NOLINT
      : function_([function](const Tensor& output, const Tensor& target) {
          return function(output, target, Options{});
        }) {}
  template <class F>
  requires(!std::is_same_v<std::decay_t<F>, Loss> &&
           std::is_invocable_r_v<Tensor, F&, const Tensor&, const Tensor&>) Loss(F function)
      : function_(std::move(function)) {}  // NOLINT

  explicit operator bool() const noexcept { return static_cast<bool>(function_); }
  Tensor operator()(const Tensor& output, const Tensor& target) const {
    return function_(output, target);
  }

 private:
  std::function<Tensor(const Tensor&, const Tensor&)> function_;
};

// The share of right answers, NaN of none. For classes: output [n, classes, ...], the answer being
// the largest entry, and integer targets [n, ...]. For yes and no: output of the shape of the
// target (or [n, 1] beside [n]), yes where it is above `threshold`, and targets of 0 and 1. The
// threshold 0 is for logits; for probabilities: evaluate(model, test, Accuracy{.threshold = 0.5}).
// Errors of add: shape; index for a class outside [0, classes); value for a floating target that is
// neither 0 nor 1; numeric for an output that is NaN.
struct Accuracy {
  double threshold = 0;
  std::int64_t ignore_index = -100;  // samples of this class count for nothing
  std::int64_t right = 0, seen = 0;  // so far

  static constexpr const char* name = "accuracy";
  static constexpr bool higher_is_better = true;
  ATTUNE_API void add(const Tensor& output, const Tensor& target);
  ATTUNE_API double value() const;
};
inline constexpr Accuracy accuracy{};

// The mean of a loss over the samples: evaluate(model, dev, MeanLoss{cross_entropy}). The loss of a
// batch counts by its number of samples. Error (value) of add for a loss that is not one number.
struct MeanLoss {
  Loss loss;
  double sum = 0;
  std::int64_t samples = 0;

  static constexpr const char* name = "loss";
  static constexpr bool higher_is_better = false;
  ATTUNE_API void add(const Tensor& output, const Tensor& target);
  ATTUNE_API double value() const;  // NaN of nothing
};

namespace internal {

// A metric behind one virtual face, as evaluate sees it.
class ATTUNE_API Accumulator {
 public:
  virtual ~Accumulator();
  virtual void begin(const data::Set& set) = 0;
  virtual void add(const Tensor& output, const Tensor& target) = 0;
  virtual double value() const = 0;  // NaN where the metric's is no number
};

ATTUNE_API double not_a_number() noexcept;

template <class M>
struct AccumulatorOf final : Accumulator {
  explicit AccumulatorOf(M metric_) : metric(std::move(metric_)) {}
  void begin(const data::Set& set) override {
    if constexpr (requires { metric.begin(set); }) metric.begin(set);
  }
  void add(const Tensor& output, const Tensor& target) override { metric.add(output, target); }
  double value() const override {
    if constexpr (std::is_convertible_v<decltype(metric.value()), double>)
      return metric.value();
    else
      return not_a_number();
  }
  M metric;
};

}  // namespace internal

// Any metric whose value is one number, by value: what fit takes.
class Metric {
 public:
  Metric() = default;  // none
  template <class M>
  requires(!std::is_same_v<M, Metric> &&
           requires(M metric, const Tensor& t) {
             metric.add(t, t);
             { std::as_const(metric).value() } -> std::convertible_to<double>;
             { M::name } -> std::convertible_to<std::string>;
             { M::higher_is_better } -> std::convertible_to<bool>;
           }) Metric(M metric)  // NOLINT
      : name_(M::name),
        higher_is_better_(M::higher_is_better),
        make_([metric = std::move(metric)]() -> std::unique_ptr<internal::Accumulator> {
          return std::make_unique<internal::AccumulatorOf<M>>(metric);
        }) {}

  explicit operator bool() const noexcept { return static_cast<bool>(make_); }
  const std::string& name() const noexcept { return name_; }
  bool higher_is_better() const noexcept { return higher_is_better_; }
  std::unique_ptr<internal::Accumulator> start() const { return make_(); }

 private:
  std::string name_;
  bool higher_is_better_ = true;
  std::function<std::unique_ptr<internal::Accumulator>()> make_;
};

}  // namespace attune
