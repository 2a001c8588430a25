// attune test: saved weights on the test part of their data, class by class.
#include <attune/io.hpp>
#include <attune/model_io.hpp>
#include <attune/threads.hpp>
#include <fmt/format.h>
#include <iostream>
#include <limits>

#include "tools/csv_options.hpp"
#include "tools/files.hpp"
#include "tools/json.hpp"
#include "tools/say.hpp"
#include "tools/text.hpp"
#include "tools/training.hpp"

namespace attune::tools {
namespace {

class TestCommand final : public Command {
 public:
  std::string summary() const override {
    return "Test weights that train saved: accuracy, loss, and which classes are confused";
  }
  std::string examples() const override {
    return "  attune test digits.safetensors\n"
           "  attune test cnn.safetensors --json -\n"
           "On the test part of other data of the same kind:\n"
           "  attune test flowers.safetensors --data csv:more_flowers.csv";
  }
  void declare(Arguments& a) override {
    a.positional("weights", weights_, "file that attune train --save wrote");
    a.option("--data", data_, "set of data; empty: the one of the training");
    a.option("--model", model_, "network; empty: the one of the training");
    a.option("--seed", seed_, "of the split; empty: that of the training");
    a.option("--threads", threads_, "threads to compute on; 0: one a core");
    a.option("--json", json_, "write one object (- for stdout)");
  }

  int run() override {
    require_within("--threads", threads_, 0, std::numeric_limits<int>::max());
    if (threads_ != 0) attune::threads(static_cast<int>(threads_));
    const Metadata notes = load_tensors(weights_, {.mapped = true}).metadata();
    const std::string data = known("--data", data_, notes, note::data);
    const std::string model = known("--model", model_, notes, note::model);
    const NamedFiles files[] = {{"the weights", {weights_}, false},
                                {"--data", files_of(data), false},
                                {"--json", {json_}, true}};
    require_distinct(files);
    const Task task =
        make_task(with_classes(data, notes), to_seed(known("--seed", seed_, notes, note::seed)));
    const data::Names& names = task.parts.test.names();
    require_same("features", names.features, notes, note::features);
    require_same("classes", names.classes, notes, note::classes);
    Network network = make_network(model, task);
    load(network, weights_);

    JsonLines lines(json_);
    std::FILE* const human = lines.human();
    const TestFigures figures = test(network, task);
    say(human, fmt::format("{} on {}: {} test samples\n", model, data, task.parts.test.size()));
    print(human, figures);
    if (task.classes && human == stdout) {
      std::cout << '\n' << evaluate(network, task.parts.test, confusion) << std::flush;
    }
    lines.write({{"event", "test"},
                 {"data", data},
                 {"model", model},
                 {"samples", task.parts.test.size()},
                 {"test_accuracy", figures.accuracy},
                 {"test_loss", figures.loss},
                 {"weights_digest", weights_digest(network)}});
    return lines.complete() ? 0 : 1;
  }

 private:
  // A table of fewer classes than the training's counts them as that did.
  static std::string with_classes(const std::string& data, const Metadata& notes) {
    const auto classes = notes.find(note::classes);
    if (!data.starts_with("csv:") || classes == notes.end() || classes->second.empty()) return data;
    const data::CsvOptions given = csv_argument(data).options;
    if (!given.class_names.empty() || given.classes) return data;
    return data + ",class_names=" + classes->second;
  }

  // What the command line says, or else the file.
  std::string known(const char* option, const std::string& given, const Metadata& notes,
                    const char* key) const {
    if (!given.empty()) return given;
    if (const auto found = notes.find(key); found != notes.end()) return found->second;
    throw Error(ErrorKind::value, fmt::format("{}: the file does not say how it was trained "
                                              "(attune train --save notes it): give {}",
                                              weights_, option));
  }

  // Columns in another order and classes of other names would be taken for each other.
  void require_same(const char* what, const std::vector<std::string>& names, const Metadata& notes,
                    const char* key) const {
    const auto found = notes.find(key);
    if (found == notes.end() || found->second.empty() || names.empty()) return;
    if (found->second == joined(names)) return;
    throw Error(
        ErrorKind::format,
        fmt::format("{}: trained on the {} {}, the data has {}: give columns and classes the "
                    "same names in the same order",
                    weights_, what, found->second, joined(names)));
  }

  static std::uint64_t to_seed(const std::string& text) {
    if (const auto seed = whole_number<std::uint64_t>(text)) return *seed;
    throw Error(ErrorKind::value, "--seed \"" + text + "\" is no whole number below 2^64");
  }

  std::string weights_, data_, model_, seed_, json_;
  std::int64_t threads_ = 0;
};

const Added<TestCommand> added("test");

}  // namespace
}  // namespace attune::tools
