// What fit shows while it runs: a line that is redrawn at most ten times a second on a terminal,
// plain lines elsewhere. Nothing it does bears on the numbers.
#pragma once

#include <attune/train/fit.hpp>
#include <string>

namespace attune::internal {

class ProgressDisplay {
 public:
  // `epochs` and the samples of each are the whole of the work, `done` of them lie behind it
  // already.
  ProgressDisplay(const FitOptions& options, std::string metric, std::int64_t samples,
                  std::int64_t done);
  ~ProgressDisplay();
  ProgressDisplay(const ProgressDisplay&) = delete;
  ProgressDisplay& operator=(const ProgressDisplay&) = delete;

  // So many samples of epoch `epoch` (from 1) were trained on, with this mean loss.
  void step(std::int64_t epoch, std::int64_t samples, double loss);
  void epoch(const EpochFigures& figures);
  void end(const History& history, bool restored);

 private:
  void draw(std::int64_t epoch, std::int64_t samples, double loss, double now);
  void print(const std::string& line);
  void erase();
  std::string time_left(std::int64_t done, double now) const;
  // Of an epoch that is over: loss and metric, or where there are both the metric alone.
  std::string dev_text(const EpochFigures& figures, bool both) const;

  Progress mode_;
  std::FILE* output_;
  std::string metric_;
  std::int64_t epochs_, samples_, begun_at_;
  double begun_ = 0, shown_ = 0;
  EpochFigures last_;  // epoch that is over
  bool drawn_ = false;
};

}  // namespace attune::internal
