// Saving a run and putting it back. Everything of a file is read and checked before anything is
// changed.
#include "attune/train/checkpoint.hpp"

#include <algorithm>
#include <attune/random.hpp>
#include <attune/version.hpp>
#include <bit>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "core/fail.hpp"
#include "core/file.hpp"
#include "nn/model_io.hpp"
#include "train/clock.hpp"
#include "train/identity.hpp"

namespace attune {

using internal::fail;

namespace {

constexpr std::int64_t format_number = 1;
constexpr const char *format_key = "attune.checkpoint", *set_key = "batches.set";
constexpr std::string_view optimizer_prefix = "optimizer.", text_prefix = "text.";
constexpr std::string_view prefixes[] = {"model.",   optimizer_prefix, "batches.",
                                         "counter.", "scalar.",        "tensor."};

Tensor integers(const std::vector<std::int64_t>& values) { return tensor(values); }
Tensor integer(std::int64_t value) { return scalar_tensor(value, i64); }
std::int64_t signed_bits(std::uint64_t value) { return std::bit_cast<std::int64_t>(value); }
std::uint64_t unsigned_bits(std::int64_t value) { return std::bit_cast<std::uint64_t>(value); }

// Where the thread has no random stream, there is nothing to save.
std::optional<RandomState> current_random() {
  try {
    return Random::state();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::state) throw;
    return std::nullopt;
  }
}

// What must be the same for a place in the data to mean the same, by name.
std::vector<std::pair<std::string, std::int64_t>> way_of(const data::BatchStream& batches) {
  const data::BatchOptions& options = batches.options();
  return {{"samples", batches.set().size()}, {"size", options.size},
          {"shuffle", options.shuffle},      {"seed", signed_bits(options.seed)},
          {"drop_last", options.drop_last},  {"order", static_cast<std::int64_t>(options.order)}};
}

// The entries of a file whose names begin with `prefix`, without it.
std::vector<NamedTensor> part(const TensorFile& file, std::string_view prefix) {
  std::vector<NamedTensor> found;
  for (const NamedTensor& entry : file.tensors()) {
    if (entry.name.starts_with(prefix)) {
      found.push_back({entry.name.substr(prefix.size()), entry.tensor});
    }
  }
  return found;
}

Metadata texts_of(const TensorFile& file, std::string_view prefix) {
  Metadata found;
  for (const auto& [key, text] : file.metadata()) {
    if (key.starts_with(prefix)) found[key.substr(prefix.size())] = text;
  }
  return found;
}

const Tensor& entry(const TensorFile& file, const std::string& key, DType dtype,
                    const Shape& shape) {
  const Tensor* const found = file.find(key);
  if (!found) fail(ErrorKind::format, "resume", "{}: {} is missing", file.path(), key);
  if (found->dtype() != dtype || found->shape() != shape) {
    fail(ErrorKind::format, "resume", "{}: {} is {} {}, expected {} {}", file.path(), key,
         found->dtype(), found->shape(), dtype, shape);
  }
  return *found;
}

std::int64_t integer_of(const TensorFile& file, const std::string& key) {
  return entry(file, key, i64, {}).item<std::int64_t>();
}

void check_format(const TensorFile& file) {
  if (!file.contains(format_key)) {
    fail(ErrorKind::format, "resume",
         "{} is no checkpoint ({} is missing): weights alone are read by load(model, file)",
         file.path(), format_key);
  }
  const std::int64_t number = integer_of(file, format_key);
  if (number < 1 || number > format_number) {
    fail(ErrorKind::format, "resume",
         "{} has checkpoint format {} and this attune ({}) reads formats up to {}: use the attune "
         "that wrote it, or a newer one",
         file.path(), number, ATTUNE_VERSION, format_number);
  }
}

const std::string& text_of(const TensorFile& file, const char* key) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end()) {
    fail(ErrorKind::format, "resume",
         "{}: {} is missing: it was not written, or changed since, by Checkpoint::save",
         file.path(), key);
  }
  return found->second;
}

// A value of a damaged checkpoint may well look like one.
void check_contents(const TensorFile& file) {
  const std::string& saved = text_of(file, internal::contents_key);
  const std::string now = internal::contents_digest(file.tensors(), file.metadata());
  if (saved != now) {
    fail(ErrorKind::format, "resume",
         "{}: its digest was {} when it was saved and is {} now: it is damaged; take a copy of it, "
         "or begin anew",
         file.path(), saved, now);
  }
  for (const NamedTensor& one : file.tensors()) {
    const auto begins = [&](std::string_view prefix) { return one.name.starts_with(prefix); };
    if (one.name == format_key || one.name == "random" || std::ranges::any_of(prefixes, begins)) {
      continue;
    }
    fail(ErrorKind::format, "resume", "{}: \"{}\" is no entry of a checkpoint of this attune ({})",
         file.path(), one.name, ATTUNE_VERSION);
  }
}

// The saved place, when the walk is the one that was saved.
data::BatchPosition place_of(const TensorFile& file, const data::BatchStream& batches,
                             const std::string& set) {
  for (const auto& [name, now] : way_of(batches)) {
    const std::int64_t then = integer_of(file, "batches." + name);
    if (then == now) continue;
    fail(ErrorKind::value, "resume",
         "{}: {} of the batches was {} and is {} now: a run goes on with the data and the batches "
         "that it began with",
         file.path(), name, then, now);
  }
  if (const std::string& then = text_of(file, set_key); then != set) {
    fail(ErrorKind::value, "resume",
         "{}: the training set was [{}] and is [{}] now: a run goes on with the data that it began "
         "with",
         file.path(), then, set);
  }
  const auto values = entry(file, "batches.position", i64, {2}).contiguous();
  const auto numbers = values.values<std::int64_t>();
  if (numbers[0] < 0 || numbers[1] < 0 || numbers[1] > batches.size()) {
    fail(ErrorKind::format, "resume",
         "{}: batches.position is [{}, {}] and an epoch has {} batches", file.path(), numbers[0],
         numbers[1], batches.size());
  }
  return {numbers[0], numbers[1]};
}

std::optional<RandomState> random_of(const TensorFile& file) {
  if (!file.contains("random")) return std::nullopt;
  const Tensor values = entry(file, "random", i64, {3}).contiguous();
  const auto numbers = values.values<std::int64_t>();
  return RandomState{unsigned_bits(numbers[0]), unsigned_bits(numbers[1]),
                     unsigned_bits(numbers[2])};
}

optim::State optimizer_state(const TensorFile& file) {
  optim::State state;
  state.tensors = part(file, optimizer_prefix);
  state.texts = texts_of(file, optimizer_prefix);
  return state;
}

}  // namespace

Checkpoint::Checkpoint(std::string path, MutableModelRef model, optim::Optimizer& optimizer,
                       Every every)
    : path_(std::move(path)), model_(model), optimizer_(&optimizer), every_(every) {
  restart_clock();
}

Checkpoint::Checkpoint(std::string path, MutableModelRef model, optim::Optimizer& optimizer,
                       data::BatchStream& batches, Every every)
    : Checkpoint(std::move(path), model, optimizer, every) {
  batches_ = &batches;
}

const std::string& Checkpoint::set() {
  if (set_.empty()) set_ = internal::fingerprint(batches_->set(), batches_->options().size);
  return set_;
}

void Checkpoint::restart_clock() {
  saved_at_step_ = optimizer_->steps();
  saved_at_second_ = internal::seconds_now();
}

bool Checkpoint::due() const {
  if (every_.steps() > 0) {
    return static_cast<double>(optimizer_->steps() - saved_at_step_) >= every_.steps();
  }
  return internal::seconds_now() - saved_at_second_ >= every_.seconds();
}

bool Checkpoint::maybe_save() {
  if (!due()) return false;
  save();
  return true;
}

void Checkpoint::save() {
  std::vector<NamedTensor> entries{{format_key, integer(format_number)}};
  const std::vector<internal::ModelEntry> model = internal::collect(model_);
  internal::require_values("checkpoint", model);
  for (const internal::ModelEntry& one : model) {
    if (one.handle.tensor.has_values()) {
      entries.push_back({"model." + one.handle.path, one.handle.tensor});
    }
  }
  optim::State state = optimizer_->state();
  for (NamedTensor& one : state.tensors) {
    entries.push_back({std::string(optimizer_prefix) + one.name, std::move(one.tensor)});
  }
  if (const std::optional<RandomState> random = current_random()) {
    entries.push_back({"random", integers({signed_bits(random->seed), signed_bits(random->stream),
                                           signed_bits(random->counter)})});
  }
  if (batches_) {
    const data::BatchPosition position = batches_->position();
    entries.push_back({"batches.position", integers({position.epoch, position.batch})});
    for (const auto& [name, value] : way_of(*batches_)) {
      entries.push_back({"batches." + name, integer(value)});
    }
  }
  for (const auto& [name, value] : counters) entries.push_back({"counter." + name, integer(value)});
  for (const auto& [name, value] : scalars) {
    entries.push_back({"scalar." + name, scalar_tensor(value, f64)});
  }
  for (const auto& [name, value] : tensors) {
    internal::check_named("checkpoint", path_, "tensor." + name, value);
    entries.push_back({"tensor." + name, value});
  }

  Metadata notes;
  for (const auto& [key, text] : state.texts) notes[std::string(optimizer_prefix) + key] = text;
  for (const auto& [key, text] : texts) notes[std::string(text_prefix) + key] = text;
  if (batches_) notes[set_key] = set();
  notes[internal::contents_key] = internal::contents_digest(entries, notes);
  save_tensors(path_, entries, notes);
  restart_clock();
}

bool Checkpoint::resume() { return resume(path_); }

bool Checkpoint::resume(const std::string& path) { return resume(path, {}); }

bool Checkpoint::resume(const std::string& path,
                        const std::function<void(const Checkpoint&)>& check) {
  std::error_code unknown;
  if (std::filesystem::status(path, unknown).type() == std::filesystem::file_type::not_found) {
    return false;
  }
  const TensorFile file = load_tensors(path, {.mapped = true});
  check_format(file);
  check_contents(file);
  const TensorFile weights(path, part(file, "model."));
  const std::vector<internal::ModelEntry> model = internal::collect(model_);
  internal::check_fits("resume", weights, model);
  std::optional<data::BatchPosition> position;
  if (batches_) position = place_of(file, *batches_, set());
  const std::optional<RandomState> random = random_of(file);
  decltype(counters) saved_counters;
  decltype(scalars) saved_scalars;
  decltype(tensors) saved_tensors;
  decltype(texts) saved_texts = texts_of(file, text_prefix);
  for (const NamedTensor& one : part(file, "counter.")) {
    saved_counters[one.name] = integer_of(file, "counter." + one.name);
  }
  for (const NamedTensor& one : part(file, "scalar.")) {
    saved_scalars[one.name] = entry(file, "scalar." + one.name, f64, {}).item();
  }
  for (const NamedTensor& one : part(file, "tensor.")) saved_tensors[one.name] = one.tensor.clone();

  const auto swap = [&] {
    counters.swap(saved_counters);
    scalars.swap(saved_scalars);
    tensors.swap(saved_tensors);
    texts.swap(saved_texts);
  };
  swap();
  try {
    if (check) check(*this);
    try {
      optimizer_->load(optimizer_state(file));  // the last check: it changes all or nothing
    } catch (const Error& error) {
      fail(error.kind(), "resume", "{}: {}", path, error.what());
    }
  } catch (...) {
    swap();
    throw;
  }
  internal::take_values("resume", weights, model);
  if (random && current_random()) Random::restore(*random);
  if (position) batches_->seek(*position);
  restart_clock();
  return true;
}

}  // namespace attune
