// The lines that fit shows.
#include "train/progress.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

#include "train/clock.hpp"

namespace attune::internal {

namespace {

constexpr double redraw_seconds = 0.1;
constexpr double line_seconds =
    30;  // without a terminal a long epoch says that often that it lives

Progress chosen(const FitOptions& options, std::FILE* output) {
  if (options.progress != Progress::automatic) return options.progress;
  const char* const terminal = std::getenv("TERM");
  const bool draws = terminal && std::string_view(terminal) != "dumb";
  return draws && ::isatty(::fileno(output)) != 0 ? Progress::bar : Progress::lines;
}

std::size_t columns(std::FILE* output) {
  winsize size{};
  if (::ioctl(::fileno(output), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

std::string clock(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::ceil(std::max(0.0, seconds)));
  if (whole >= 3600) {
    return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  }
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::string speed_text(double rate) {
  return rate < 1e4 ? fmt::format("{:.0f} samples/s", rate)
                    : fmt::format("{:.0f}k samples/s", rate / 1e3);
}

// What a line shows where there is room for it. Goes first: the loss of the dev set, the percentage
// beside a bar, the speed, the bar.
struct Parts {
  bool bar = true, percent = true, dev_loss = true, speed = true;
};
constexpr Parts by_width[] = {{},
                              {.dev_loss = false},
                              {.percent = false, .dev_loss = false},
                              {.percent = false, .dev_loss = false, .speed = false},
                              {.bar = false, .dev_loss = false, .speed = false}};

// Without the last parts, where all would be longer.
std::string cut(std::string text, std::size_t width) {
  while (text.size() > width && text.find(", ") != text.npos) text.resize(text.rfind(", "));
  return text;
}

}  // namespace

ProgressDisplay::ProgressDisplay(const FitOptions& options, std::string metric,
                                 std::int64_t samples, std::int64_t done)
    : mode_(options.progress),
      output_(options.output ? options.output : stderr),
      metric_(std::move(metric)),
      epochs_(options.epochs),
      samples_(samples),
      begun_at_(done),
      begun_(seconds_now()),
      shown_(begun_) {
  mode_ = chosen(options, output_);
}

// An error on its way begins on a line of its own.
ProgressDisplay::~ProgressDisplay() { erase(); }

std::string ProgressDisplay::time_left(std::int64_t done, double now) const {
  const std::int64_t here = done - begun_at_;
  if (here <= 0) return {};
  const double each = (now - begun_) / static_cast<double>(here);
  return fmt::format(", {} left", clock(each * static_cast<double>(epochs_ * samples_ - done)));
}

std::string ProgressDisplay::dev_text(const EpochFigures& figures, bool both) const {
  std::string text;
  if (figures.epoch == 0) return text;
  const bool alone = std::isnan(figures.dev_metric);
  if (!std::isnan(figures.dev_loss) && (both || alone))
    text += fmt::format(", dev loss {:.4f}", figures.dev_loss);
  if (!alone) {
    text += fmt::format(", dev {} {:.4f}", metric_, figures.dev_metric);
  }
  return text;
}

void ProgressDisplay::step(std::int64_t epoch, std::int64_t samples, double loss) {
  if (mode_ == Progress::none) return;
  const double now = seconds_now();
  if (now - shown_ < (mode_ == Progress::bar ? redraw_seconds : line_seconds)) return;
  shown_ = now;
  draw(epoch, samples, loss, now);
}

void ProgressDisplay::draw(std::int64_t epoch, std::int64_t samples, double loss, double now) {
  const std::int64_t done = (epoch - 1) * samples_ + samples;
  const double rate = static_cast<double>(done - begun_at_) / (now - begun_);
  const double share = static_cast<double>(samples) / static_cast<double>(samples_);
  const std::string place = fmt::format("epoch {}/{} ", epoch, epochs_);
  const auto text_of = [&](const Parts& parts) {
    return (parts.percent ? fmt::format("{:3.0f}%, ", 100 * share) : "") +
           fmt::format("loss {:.4f}", loss) + dev_text(last_, parts.dev_loss) +
           (parts.speed ? ", " + speed_text(rate) : "") + time_left(done, now);
  };
  if (mode_ == Progress::lines) return print(place + text_of({}) + "\n");

  const std::size_t width = columns(output_) - 1;
  constexpr std::size_t shortest = 5, longest = 30, around = 3;
  std::string bar, text;
  for (const Parts& parts : by_width) {
    text = text_of(parts);
    const std::size_t taken = place.size() + text.size();
    if (!parts.bar || taken + around + shortest > width) continue;
    const std::size_t cells = std::min(width - taken - around, longest);
    const auto full = std::min(static_cast<std::size_t>(share * static_cast<double>(cells)), cells);
    bar = fmt::format("[{}{}] ", std::string(full, '='), std::string(cells - full, ' '));
    break;
  }
  drawn_ = true;
  print("\r\x1b[K" + place + bar + cut(text, width - std::min(width, place.size())));
}

void ProgressDisplay::erase() {
  if (drawn_) print("\r\x1b[K");
  drawn_ = false;
}

// Failing to show something is no reason to end a training.
void ProgressDisplay::print(const std::string& line) {
  static_cast<void>(std::fwrite(line.data(), 1, line.size(), output_));
  static_cast<void>(std::fflush(output_));
}

void ProgressDisplay::epoch(const EpochFigures& figures) {
  last_ = figures;
  if (mode_ == Progress::none) return;
  erase();
  shown_ = seconds_now();
  const bool more = figures.epoch < epochs_;
  print(fmt::format("epoch {}/{}: train loss {:.4f}{}{}, {:.1f} s, {}{}\n", figures.epoch, epochs_,
                    figures.train_loss, dev_text(figures, true), figures.best ? " (best)" : "",
                    figures.seconds, speed_text(figures.samples_per_second),
                    more ? time_left(figures.epoch * samples_, shown_) : ""));
}

void ProgressDisplay::end(const History& history, bool restored) {
  if (mode_ == Progress::none) return;
  erase();
  if (history.stopped_early) {
    print(history.best_epoch == 0
              ? std::string("stopped early: no figure of the dev set can be compared\n")
              : fmt::format("stopped early: nothing better since epoch {}\n", history.best_epoch));
  }
  if (restored) print(fmt::format("the weights are those of epoch {}\n", history.best_epoch));
}

}  // namespace attune::internal
