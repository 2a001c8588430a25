// The sets of data by name. Small ones are divided 60/20/20; Fashion-MNIST keeps its test part.
#include <attune/data.hpp>

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

}  // namespace

const Registry<DataSource>& data_sources() {
  static Registry<DataSource> all("data set");
  [[maybe_unused]] static const bool filled = [] {
    const auto add = [](const char* name, DataSource source) {
      all.add(name, std::move(source), "attune");
    };
    add("fashion-mnist", {"fashion-mnist",
                          "70000 grey pictures 28 x 28 of clothes in 10 classes "
                          "(Debian package dataset-fashion-mnist)",
                          fashion_mnist});
    add("digits", {"digits", "1797 handwritten digits, 8 x 8, in 10 classes",
                   [](const std::string&, std::uint64_t seed) {
                     return divided(data::digits(), seed, Shape{1, 8, 8});
                   }});
    add("breast-cancer", {"breast-cancer", "569 tumours, 30 features, benign or malignant",
                          [](const std::string&, std::uint64_t seed) {
                            return divided(data::breast_cancer(), seed);
                          }});
    add("circles", {"circles", "1000 points on two circles, one within the other",
                    [](const std::string&, std::uint64_t seed) {
                      return divided(data::circles(toy_samples, {.noise = .05, .dtype = f32}),
                                     seed);
                    }});
    add("moons",
        {"moons", "1000 points on two half moons", [](const std::string&, std::uint64_t seed) {
           return divided(data::moons(toy_samples, {.noise = .2, .dtype = f32}), seed);
         }});
    add("csv", {"csv:FILE", "a table of numbers, the last column being the target",
                [](const std::string& file, std::uint64_t seed) {
                  return divided(data::csv(needed("csv:FILE", file)), seed);
                }});
    add("npz", {"npz:FILE", "an archive of NumPy with the arrays x [n, ...] and y [n]",
                [](const std::string& file, std::uint64_t seed) {
                  return divided(data::npz(needed("npz:FILE", file)), seed);
                }});
    return true;
  }();
  return all;
}

Task make_task(const std::string& data, std::uint64_t seed) {
  const auto colon = data.find(':');
  const DataSource& source = data_sources().at(data.substr(0, colon));
  return source.make(colon == std::string::npos ? "" : data.substr(colon + 1), seed);
}

}  // namespace attune::tools
