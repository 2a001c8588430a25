// The state of fit, to and from a checkpoint.
#include "train/fit_state.hpp"

#include <attune/ops/reduce.hpp>
#include <attune/ops/unary.hpp>

#include "core/fail.hpp"
#include "nn/collect.hpp"
#include "nn/values.hpp"

namespace attune::internal {

namespace {

constexpr const char* best_prefix = "best.";
constexpr const char* history_key = "fit.epochs";
constexpr const char* goal_key = "fit.goal";
constexpr std::int64_t columns = 7;

template <class Map>
const auto& at(const std::string& path, const Map& map, const char* key) {
  const auto found = map.find(key);
  if (found == map.end()) {
    fail(
        ErrorKind::format, "fit",
        "{}: {} is missing: it is a checkpoint of a loop written by hand, and fit goes on with its "
        "own only",
        path, key);
  }
  return found->second;
}

void check_notes(const Metadata& then, const std::string& path, const Metadata& now) {
  const auto text = [](const Metadata& notes, const std::string& key) {
    const auto found = notes.find(key);
    return found == notes.end() ? std::string("nothing") : '"' + found->second + '"';
  };
  Metadata all = now;
  all.insert(then.begin(), then.end());
  for (const auto& [key, ignored] : all) {
    if (text(then, key) == text(now, key)) continue;
    fail(ErrorKind::value, "fit",
         "{}: its run was begun with {} {}, this one has {}: give the same, or begin anew", path,
         key, text(then, key), text(now, key));
  }
}

}  // namespace

std::vector<std::string> not_finite(const ModelRef& model) {
  std::vector<std::string> paths;
  for (const ModelEntry& entry : collect(model)) {
    const Tensor& values = entry.handle.tensor;
    if (!values.has_values() || !is_floating(values.dtype())) continue;
    if (all(isfinite(values)).item() == 0) paths.push_back(entry.handle.path);
  }
  return paths;
}

void BestWeights::keep(const ModelRef& model) {
  entries_.clear();
  for (const ModelEntry& entry : collect(model)) {
    if (!entry.handle.tensor.has_values()) continue;
    entries_.push_back({entry.handle.path, duplicate("fit", entry.handle.tensor)});
  }
}

void BestWeights::restore(const ModelRef& model) const {
  for (const ModelEntry& entry : collect(model)) {
    for (const NamedTensor& kept : entries_) {
      if (kept.name != entry.handle.path) continue;
      if (entry.buffer)
        entry.buffer->write(kept.tensor);
      else
        set_elements("fit", entry.handle.tensor, kept.tensor);
    }
  }
}

void BestWeights::write(Checkpoint& checkpoint) const {
  std::erase_if(checkpoint.tensors,
                [](const auto& entry) { return entry.first.starts_with(best_prefix); });
  for (const NamedTensor& kept : entries_) {
    checkpoint.tensors.insert_or_assign(best_prefix + kept.name, kept.tensor);
  }
}

void BestWeights::read(const Checkpoint& checkpoint) {
  entries_.clear();
  for (const auto& [name, tensor] : checkpoint.tensors) {
    if (!name.starts_with(best_prefix)) continue;
    entries_.push_back({name.substr(std::string_view(best_prefix).size()), tensor});
  }
}

void FitState::write(Checkpoint& checkpoint) const {
  checkpoint.scalars["fit.loss_sum"] = loss_sum;
  checkpoint.counters["fit.samples"] = samples;
  checkpoint.scalars["fit.best"] = best;
  checkpoint.counters["fit.best_epoch"] = best_epoch;
  std::vector<double> table;
  for (const EpochFigures& one : epochs) {
    table.insert(table.end(),
                 {static_cast<double>(one.epoch), one.train_loss, one.dev_loss, one.dev_metric,
                  one.seconds, one.samples_per_second, one.best ? 1.0 : 0.0});
  }
  checkpoint.texts[goal_key] = goal;
  checkpoint.tensors.insert_or_assign(
      history_key, tensor(table, {static_cast<std::int64_t>(epochs.size()), columns}));
  weights.write(checkpoint);
}

void FitState::read(const Checkpoint& checkpoint, const std::string& path,
                    const FitOptions& options) {
  loss_sum = at(path, checkpoint.scalars, "fit.loss_sum");
  samples = at(path, checkpoint.counters, "fit.samples");
  best = at(path, checkpoint.scalars, "fit.best");
  best_epoch = at(path, checkpoint.counters, "fit.best_epoch");
  const Tensor& table = at(path, checkpoint.tensors, history_key);
  if (table.dtype() != f64 || table.dim() != 2 || table.size(1) != columns) {
    fail(ErrorKind::format, "fit", "{}: {} is {} {}, expected f64 [epochs, {}]", path, history_key,
         table.dtype(), table.shape(), columns);
  }
  epochs.clear();
  const auto values = table.values<double>();
  for (std::size_t i = 0; i < values.size(); i += columns) {
    epochs.push_back({.epoch = static_cast<std::int64_t>(values[i]),
                      .train_loss = values[i + 1],
                      .dev_loss = values[i + 2],
                      .dev_metric = values[i + 3],
                      .seconds = values[i + 4],
                      .samples_per_second = values[i + 5],
                      .best = values[i + 6] != 0});
  }
  weights.read(checkpoint);
  if (best_epoch > 0 && options.restore_best && !weights.kept()) {
    fail(ErrorKind::value, "fit",
         "{}: its run kept no weights of the best epoch ({}): it goes on with restore_best = false",
         path, best_epoch);
  }
  Metadata notes = checkpoint.texts;
  const std::string then = at(path, notes, goal_key);
  notes.erase(goal_key);
  check_notes(notes, path, options.notes);
  // Another figure cannot be compared with the best so far, and weights that were best by it are
  // not what this run is after.
  if (!then.empty() && then != goal) {
    fail(
        ErrorKind::value, "fit",
        "{}: its best epoch ({}) is that by {}, this run goes by {}: give the same dev set, metric "
        "and monitor, or begin anew",
        path, best_epoch, then, goal.empty() ? std::string("no dev set") : goal);
  }
}

}  // namespace attune::internal
