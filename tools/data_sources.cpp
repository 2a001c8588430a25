// The sets of data by name. Small ones are divided 60/20/20; Fashion-MNIST keeps its test part.
#include <attune/data.hpp>
#include <attune/mode.hpp>
#include <attune/ops/reduce.hpp>
#include <attune/ops/unary.hpp>
#include <fmt/format.h>

#include "tools/csv_options.hpp"
#include "tools/task.hpp"

namespace attune::tools {
namespace {

constexpr std::int64_t toy_samples = 1000;

Task divided(data::Set set, std::uint64_t seed, std::optional<Shape> picture = {}) {
  const data::Field& target = set.fields()[static_cast<std::size_t>(set.field("y"))];
  Task task;
  task.classes = !is_floating(target.dtype);
  task.outputs = task.classes ? set.classes() : 1;
  task.sample = set.fields()[0].shape;
  task.picture = std::move(picture);
  task.parts = data::split(set, {.dev = .2, .test = .2, .seed = seed, .stratify = task.classes});
  return task;
}

constexpr auto bad = ErrorKind::format;

// The first sample of a field that holds a NaN or an infinity is named.
void require_finite(const data::Set& set, const std::string& field) {
  const Tensor values = set.column(field);
  if (!is_floating(values.dtype()) || all(isfinite(values)).item() != 0) return;
  for (std::int64_t i = 0; i < set.size(); ++i) {
    if (all(isfinite(values[i])).item() != 0) continue;
    throw Error(bad, fmt::format("{} of sample {} holds a NaN or an infinity: fill it or leave the "
                                 "sample out",
                                 field, i));
  }
}

// A file of the user's may hold anything: what no model can learn from is told here, by what is in
// the file.
Task from_file(data::Set set, std::uint64_t seed) {
  constexpr std::int64_t least = 5;  // 60/20/20 leaves no part empty
  if (set.size() < least) {
    throw Error(bad, fmt::format("{} samples: at least {}, to divide them 60/20/20 into training, "
                                 "dev and test",
                                 set.size(), least));
  }
  const data::Field x = set.fields()[static_cast<std::size_t>(set.field("x"))];
  const data::Field y = set.fields()[static_cast<std::size_t>(set.field("y"))];
  if (x.shape.rank() == 0 || x.shape.numel() == 0) {
    throw Error(bad, fmt::format("x has shape {} a sample: one feature at least, x [n, features]",
                                 to_string(x.shape)));
  }
  if (y.shape.rank() != 0 || y.dtype == boolean) {
    throw Error(bad, fmt::format("y is {} of shape {} a sample: it must be [n], of i64, i32 or u8 "
                                 "for classes 0, 1, ... or of f32 or f64 for numbers",
                                 name(y.dtype), to_string(y.shape)));
  }
  require_finite(set, "x");
  require_finite(set, "y");
  if (!is_floating(y.dtype) && set.classes() > set.size()) {
    throw Error(bad, fmt::format("y counts classes up to {} in {} samples: number them 0, 1, ..., "
                                 "or give y as f64 if it is a number to predict",
                                 set.classes() - 1, set.size()));
  }
  std::optional<Shape> picture;
  if (x.shape.rank() == 2) picture = Shape{1, x.shape[0], x.shape[1]};
  if (x.shape.rank() == 3) picture = x.shape;
  return divided(std::move(set), seed, picture);
}

const std::string& needed(const char* form, const std::string& argument) {
  if (argument.empty()) {
    throw Error(ErrorKind::value,
                std::string("--data ") + form + ": the name of a file is missing");
  }
  return argument;
}

Task fashion_mnist(const std::string&, std::uint64_t seed) {
  const auto set = data::fashion_mnist();
  Task task;
  task.sample = {1, 28, 28};
  task.picture = task.sample;
  task.outputs = set.train.classes();
  task.parts = data::split(set, {.dev = .05, .seed = seed});
  return task;
}

using Files = std::vector<std::string>;

Files none(const std::string&) { return {}; }

Files csv_files(const std::string& argument) {
  return {needed("csv:FILE", csv_argument(argument).file)};
}

Files npz_files(const std::string& argument) { return {needed("npz:FILE", argument)}; }

std::vector<DataSource> sources() {
  return {
      {"fashion-mnist",
       "70000 grey pictures 28 x 28 of clothes in 10 classes (Debian package "
       "dataset-fashion-mnist)",
       fashion_mnist, [](const std::string&) { return data::fashion_mnist_files(); }},
      {"digits", "1797 handwritten digits, 8 x 8, in 10 classes",
       [](const std::string&, std::uint64_t seed) {
         return divided(data::digits(), seed, Shape{1, 8, 8});
       },
       [](const std::string&) { return Files{data::digits_file()}; }},
      {"breast-cancer", "569 tumours, 30 features, benign or malignant",
       [](const std::string&, std::uint64_t seed) { return divided(data::breast_cancer(), seed); },
       [](const std::string&) { return Files{data::breast_cancer_file()}; }},
      {"circles", "1000 points on two circles, one within the other",
       [](const std::string&, std::uint64_t seed) {
         return divided(data::circles(toy_samples, {.noise = .05, .dtype = f32}), seed);
       },
       none},
      {"moons", "1000 points on two half moons",
       [](const std::string&, std::uint64_t seed) {
         return divided(data::moons(toy_samples, {.noise = .2, .dtype = f32}), seed);
       },
       none},
      {csv_form, csv_summary(),
       [](const std::string& argument, std::uint64_t seed) {
         const CsvArgument table = csv_argument(argument);
         return from_file(data::csv(table.file, table.options), seed);
       },
       csv_files},
      {"npz:FILE",
       "an archive of NumPy with the arrays x [n, features], or pictures [n, h, w] or "
       "[n, channels, h, w], and y [n]",
       [](const std::string& argument, std::uint64_t seed) {
         // Not mapped: what is read has its checksums looked at.
         return from_file(data::npz(argument, {.mapped = false}), seed);
       },
       npz_files},
  };
}

// "csv:FILE" is the source "csv" and its argument "FILE".
struct Named {
  const DataSource& source;
  std::string argument;
};

Named named(const std::string& data) {
  const auto colon = data.find(':');
  const DataSource& source = data_sources().at(data.substr(0, colon));
  std::string argument = colon == std::string::npos ? "" : data.substr(colon + 1);
  if (!argument.empty() && source.form.find(':') == std::string::npos) {
    throw Error(ErrorKind::value, "--data " + data + ": " + source.form + " takes no argument");
  }
  return {source, std::move(argument)};
}

}  // namespace

const Registry<DataSource>& data_sources() {
  static Registry<DataSource> all("data set");
  [[maybe_unused]] static const bool filled = [] {
    for (const DataSource& source : sources()) {
      all.add(source.form.substr(0, source.form.find(':')), source, "attune");
    }
    return true;
  }();
  return all;
}

std::vector<std::string> files_of(const std::string& data) {
  const auto [source, argument] = named(data);
  return source.files(argument);
}

Task make_task(const std::string& data, std::uint64_t seed) {
  const auto [source, argument] = named(data);
  const Files files = source.files(argument);
  try {
    return source.make(argument, seed);
  } catch (const Error& error) {
    if (argument.empty()) throw;
    // What a file of the user's holds is no fault of the command line.
    const std::string& file = files.front();
    const std::string text =
        source.form == csv_form ? as_arguments(error.what(), file) : std::string(error.what());
    const bool named = text.find(file) != std::string::npos;
    throw Error(error.kind() == ErrorKind::value ? bad : error.kind(),
                named ? text : data + ": " + text);
  }
}

}  // namespace attune::tools
