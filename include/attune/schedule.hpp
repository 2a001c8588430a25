// Schedules: how an option of an optimizer moves over the steps. A schedule is a factor on the
// value that was set, so that one schedule serves several groups, and serves any option.
//
// Layer: optim.
#pragma once

#include <attune/export.hpp>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>

namespace attune::optim {

// A pure function from the number of finished steps (0 before the first) to a factor. Copyable; may
// be asked from any thread. Every count below is in optimizer steps, and must be positive: Error
// (value).
class ATTUNE_API Schedule {
 public:
  // Your own: `text` names it in checkpoints, which refuse another one at resume; `peak` is the
  // largest factor that it gives.
  Schedule(std::string text, double peak, std::function<double(std::uint64_t)> factor);

  double operator()(std::uint64_t step) const { return factor_(step); }
  double peak() const noexcept { return peak_; }
  const std::string& text() const noexcept { return text_; }

  // `factor` at every step.
  static Schedule constant(double factor = 1);
  // gamma^floor(step / every), gamma in [0, 1].
  static Schedule step(std::uint64_t every, double gamma = 0.1);
  // gamma^step, gamma in [0, 1].
  static Schedule exponential(double gamma);
  // From 1 to `floor` along half a cosine over `total` steps, then `floor`. Loshchilov & Hutter
  // 2017, arXiv:1608.03983, without restarts.
  static Schedule cosine(std::uint64_t total, double floor = 0);
  // (step + 1) / steps up to 1, then 1: the first step already moves.
  static Schedule linear_warmup(std::uint64_t steps);
  // 1 / (1 + decay * floor(step / every)): the course's learning rate decay, `every` being the
  // steps of an epoch (or of the interval at which it decays).
  static Schedule inverse_time(double decay, std::uint64_t every = 1);
  // Smith & Topin 2019, arXiv:1708.07120, with cosines, as PyTorch's OneCycleLR: from `start` up to
  // 1 over the first `rise` share of `total` steps, which is reached at the last of them, and down
  // to `end` at the last step of all. Where the rise has no step to itself it begins at 1.
  struct OneCycle {
    double rise = 0.3;
    double start = 1.0 / 25;
    double end = 1.0 / 250000;
  };
  static Schedule one_cycle(std::uint64_t total, const OneCycle& shape);
  static Schedule one_cycle(std::uint64_t total) { return one_cycle(total, OneCycle{}); }
  // The product of all; its peak is the product of theirs, which no step may reach.
  static Schedule chained(std::initializer_list<Schedule> schedules);

 private:
  std::string text_;
  double peak_;
  std::function<double(std::uint64_t)> factor_;
};

}  // namespace attune::optim
