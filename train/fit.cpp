// The loop.
#include "attune/train/fit.hpp"

#include <algorithm>
#include <attune/mode.hpp>
#include <attune/ops/loss.hpp>
#include <attune/random.hpp>
#include <attune/train/evaluate.hpp>
#include <cmath>
#include <limits>
#include <optional>

#include "core/fail.hpp"
#include "core/file.hpp"
#include "core/format.hpp"
#include "core/text.hpp"
#include "train/clock.hpp"
#include "train/fit_state.hpp"
#include "train/progress.hpp"

namespace attune {

using internal::fail;
using internal::seconds_now;

namespace {

// The stream that fit opens: another one than those of shuffles and splits by the same seed.
constexpr std::uint64_t fit_stream = std::uint64_t{0x5e1} << 52;

constexpr const char* remedy = "lower the learning rate, set clip_norm, or scale the inputs";

void check(const data::TrainSet& train, const FitOptions& options) {
  constexpr ErrorKind value = ErrorKind::value;
  if (train.empty()) fail(value, "fit", "the training set is empty");
  if (train.fields().size() < 2) fail(value, "fit", "the training set has no target");
  if (options.epochs < 0) fail(value, "fit", "{} epochs: at least 0", options.epochs);
  if (options.patience < 0) fail(value, "fit", "patience {}: at least 0", options.patience);
  if (!(options.min_delta >= 0)) fail(value, "fit", "min_delta {}: at least 0", options.min_delta);
  if (options.dev && options.dev->empty()) {
    fail(value, "fit", "the dev set is empty: was it asked for in data::split, {{.dev = 0.1}}?");
  }
  if (options.patience > 0 && !options.dev) {
    fail(value, "fit", "patience {} and no dev set to go by: give one, .dev = &dev",
         options.patience);
  }
  if (options.dev && options.dev->fields().size() < 2) {
    fail(value, "fit", "the dev set has no target, only {}", options.dev->fields()[0].name);
  }
  // Now rather than after an hour.
  if (!options.checkpoint.empty()) const internal::AtomicFile writable("fit", options.checkpoint);
  for (const auto& [key, text] : options.notes) {
    if (internal::is_utf8(key) && internal::is_utf8(text)) continue;
    fail(value, "fit", "a note is not UTF-8, as all text of a checkpoint must be");
  }
  if (options.checkpoint.empty() && (options.resume || !options.resume_from.empty())) {
    fail(value, "fit", "{} is set and checkpoint names no file",
         options.resume ? "resume" : "resume_from");
  }
}

class Run {
 public:
  Run(const Trainable& model, optim::Optimizer& optimizer, const data::TrainSet& train,
      const FitOptions& options)
      : model_(model),
        optimizer_(optimizer),
        options_(options),
        loss_(options.loss),
        metric_(options.metric),
        stream_(train, {.size = options.batch,
                        .shuffle = options.shuffle,
                        .seed = options.seed,
                        .drop_last = options.drop_last}),
        fields_(train.fields().size()) {
    const bool classes = !is_floating(train.fields()[1].dtype);
    if (!loss_) loss_ = classes ? Loss(cross_entropy) : Loss(mse_loss);
    if (!metric_ && classes) metric_ = accuracy;
    by_metric_ = metric_ && options.monitor == Monitor::metric;
    if (options.dev) state_.goal = fmt::format("{} of dev", by_metric_ ? metric_.name() : "loss");
    epoch_samples_ = options.drop_last ? stream_.size() * options.batch : train.size();
    if (!options.checkpoint.empty()) {
      checkpoint_.emplace(options.checkpoint, model_, optimizer_, stream_, options.every);
    }
  }

  History operator()() {
    const double begun = seconds_now();
    resume();
    given_ = internal::not_finite(model_);  // save() writes none that a run came to
    const data::BatchPosition from = stream_.position();
    internal::ProgressDisplay display(options_, metric_.name(), epoch_samples_,
                                      from.epoch * epoch_samples_ + state_.samples);
    display_ = &display;
    try {
      while (!ended()) epoch();
      require_finite();  // also of an epoch that a callback ended
      if (checkpoint_) save();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::numeric || !options_.restore_best || !state_.weights.kept())
        throw;
      state_.weights.restore(model_);
      throw Error(error.kind(), fmt::format("{}; the model has the weights of epoch {} again",
                                            error.what(), state_.best_epoch));
    }
    const bool within = state_.samples > 0;  // an epoch that was not finished
    const bool restored = options_.restore_best && state_.weights.kept() &&
                          (within || state_.best_epoch != state_.epochs.back().epoch);
    if (restored) state_.weights.restore(model_);
    History history = so_far();
    history.stopped_early = out_of_patience();
    history.stopped_by_callback = stop_;
    history.seconds = seconds_now() - begun;
    display.end(history, restored);
    return history;
  }

 private:
  bool out_of_patience() const {
    if (options_.patience == 0 || state_.epochs.empty()) return false;
    std::int64_t since = state_.best_epoch;
    for (const EpochFigures& one : state_.epochs)  // without a dev set: nothing to be patient with
      if (std::isnan(one.dev_loss)) since = std::max(since, one.epoch);
    return state_.epochs.back().epoch - since >= options_.patience;
  }
  bool ended() const {
    return stop_ || stream_.position().epoch >= options_.epochs || out_of_patience();
  }

  void resume() {
    const bool other = !options_.resume_from.empty();
    if (!other && !options_.resume) return;
    const std::string& path = other ? options_.resume_from : options_.checkpoint;
    const auto is_this_run = [&](const Checkpoint& saved) { state_.read(saved, path, options_); };
    if (!checkpoint_->resume(path, is_this_run)) {
      if (!other) return;
      fail(ErrorKind::io, "fit", "resume_from: {}: there is no such file", path);
    }
    if (options_.on_resume) options_.on_resume(so_far());
  }

  History so_far() const {
    return {.epochs = state_.epochs, .metric = metric_.name(), .best_epoch = state_.best_epoch};
  }

  void save() {
    require_finite();  // a checkpoint that cannot be gone on from would replace one that can
    checkpoint_->texts = options_.notes;
    state_.write(*checkpoint_);
    checkpoint_->save();
  }

  double mean_loss() const { return state_.loss_sum / static_cast<double>(state_.samples); }

  // One that a callback ends before its last batch has no figures: its place and its sums stay as
  // they are, to be saved.
  void epoch() {
    const double begun = seconds_now();
    const std::int64_t samples_before = state_.samples;
    EpochFigures figures{.epoch = stream_.position().epoch + 1,
                         .dev_loss = internal::not_a_number(),
                         .dev_metric = internal::not_a_number()};
    while (!stop_ && stream_.next(fields_)) step(figures.epoch);
    if (stop_ && stream_.position().batch < stream_.size()) return;
    if (stop_) stream_.next(fields_);  // was the last batch: on to the next epoch
    figures.train_loss = mean_loss();
    figures.samples_per_second = static_cast<double>(state_.samples - samples_before) /
                                 std::max(seconds_now() - begun, 1e-9);
    require_finite();
    if (options_.dev) evaluate_dev(figures);
    figures.seconds = seconds_now() - begun;
    state_.loss_sum = 0;
    state_.samples = 0;
    state_.epochs.push_back(figures);
    display_->epoch(figures);
    if (options_.on_epoch) {
      options_.on_epoch(figures);
      stop_ = stop_ || figures.stop;
    }
  }

  void step(std::int64_t epoch) {
    const std::int64_t batch = stream_.position().batch;  // of those delivered, from 1
    const Tensor loss = loss_(model_.forward()(fields_[0]), fields_[1]);
    const double value = value_of(loss, epoch, batch);
    optimizer_.step(loss.backward());
    StepFigures figures{.epoch = epoch,
                        .batch = batch,
                        .step = optimizer_.steps(),
                        .samples = fields_[0].size(0),
                        .loss = value};
    state_.loss_sum += value * static_cast<double>(figures.samples);
    state_.samples += figures.samples;
    display_->step(epoch, state_.samples, mean_loss());
    if (options_.on_step) {
      options_.on_step(figures);
      stop_ = figures.stop;
    }
    if (checkpoint_ && !stop_ && checkpoint_->due()) save();
  }

  double value_of(const Tensor& loss, std::int64_t epoch, std::int64_t batch) const {
    if (loss.numel() != 1) {
      fail(ErrorKind::value, "fit",
           "the loss has shape {} and must be one number: reduce it by mean or sum", loss.shape());
    }
    const double value = loss.item();
    if (std::isfinite(value)) return value;
    fail(ErrorKind::numeric, "fit",
         "the loss is {} in epoch {}, batch {} of {} (after {}): {}; a DetectAnomaly scope around "
         "fit names the operation where it arises",
         std::isnan(value) ? std::fabs(value) : value, epoch, batch, stream_.size(), steps_done(),
         remedy);
  }

  // No loss tells of the last step. What began so, as a mask may, is the user's.
  void require_finite() const {
    for (const std::string& path : internal::not_finite(model_)) {
      if (std::ranges::find(given_, path) != given_.end()) continue;
      fail(ErrorKind::numeric, "fit", "{} holds a NaN or an infinity in epoch {} (after {}): {}",
           path, std::ssize(state_.epochs) + (state_.samples > 0), steps_done(), remedy);
    }
  }

  std::string steps_done() const {
    return fmt::format("{} steps of {}{}", optimizer_.steps(), optimizer_.rule(), learning_rate());
  }

  std::string learning_rate() const {
    for (const OptionInfo& option : optim::describe(optimizer_.rule()).options) {
      if (option.name == "lr") return fmt::format(", lr = {}", optimizer_.get("lr"));
    }
    return {};
  }

  void evaluate_dev(EpochFigures& figures) {
    internal::AccumulatorOf<MeanLoss> loss(MeanLoss{.loss = loss_});
    std::vector<internal::Accumulator*> metrics{&loss};
    std::unique_ptr<internal::Accumulator> metric;
    if (metric_) metrics.push_back((metric = metric_.start()).get());
    try {
      internal::evaluate(model_.forward(), *options_.dev, metrics, {.batch = options_.batch});
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::numeric) throw;
      fail(ErrorKind::numeric, "fit", "the dev set in epoch {} (after {}): {}", figures.epoch,
           steps_done(), error.what());
    }
    figures.dev_loss = loss.value();
    // Also where a metric decides: infinite answers of a run that failed have an accuracy.
    if (std::isnan(figures.dev_loss)) {
      fail(ErrorKind::numeric, "fit", "the loss of the dev set is nan in epoch {} (after {}): {}",
           figures.epoch, steps_done(), remedy);
    }
    if (metric) figures.dev_metric = metric->value();

    const double now = by_metric_ ? figures.dev_metric : figures.dev_loss;
    const bool higher = by_metric_ && metric_.higher_is_better();
    const double better = higher ? now - state_.best : state_.best - now;
    const double worst = std::numeric_limits<double>::infinity() * (higher ? -1 : 1);
    if (!(state_.best_epoch == 0 ? !std::isnan(now) && now != worst : better > options_.min_delta))
      return;
    figures.best = true;
    state_.best = now;
    state_.best_epoch = figures.epoch;
    state_.weights = {};  // of an earlier best
    if (options_.restore_best) state_.weights.keep(model_);
  }

  Trainable model_;
  optim::Optimizer& optimizer_;
  const FitOptions& options_;
  Loss loss_;
  Metric metric_;
  bool by_metric_ = false;
  data::BatchStream stream_;
  std::vector<Tensor> fields_;
  std::int64_t epoch_samples_ = 0;  // trained on in each
  std::optional<Checkpoint> checkpoint_;
  internal::FitState state_;
  std::vector<std::string> given_;  // what is not finite from the beginning
  internal::ProgressDisplay* display_ = nullptr;
  bool stop_ = false;
};

}  // namespace

History fit(const Trainable& model, optim::Optimizer& optimizer, const data::TrainSet& train,
            const FitOptions& options) {
  check(train, options);
  const Training training;
  const EnableGrad recording;
  const Random random({.seed = options.seed, .stream = fit_stream});
  return Run(model, optimizer, train, options)();
}

}  // namespace attune
