// attune train: a model on a set of data, from the command line.
#include <algorithm>
#include <attune/model_io.hpp>
#include <attune/train.hpp>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <iterator>
#include <limits>
#include <optional>
#include <vector>

#include "tools/files.hpp"
#include "tools/interrupt.hpp"
#include "tools/json.hpp"
#include "tools/plugins.hpp"
#include "tools/say.hpp"
#include "tools/step_memory.hpp"
#include "tools/text.hpp"
#include "tools/training.hpp"

namespace attune::tools {
namespace {

namespace fs = std::filesystem;

class TrainCommand final : public Command {
 public:
  std::string summary() const override { return "Train a model, and test it"; }
  std::string examples() const override {
    return "  attune train --data digits --model mlp:64 --epochs 20 --save digits.safetensors\n"
           "  attune train --data fashion-mnist --model cnn:32,64 --set lr=1e-3 --epochs 3\n"
           "  attune train --data csv:table.csv --model logistic --optimizer sgd --set lr=0.1\n"
           "  attune train --data 'csv:houses.csv,target=price,classes=false,ignore=id' --model "
           "mlp:32\n"
           "  attune train --data digits --model mlp:64 --plugin lion.so --optimizer lion --set "
           "lr=1e-3\n"
           "A long run that may be killed, and goes on with the same line:\n"
           "  attune train --data fashion-mnist --checkpoint run.ckpt --every 5min "
           "--resume run.ckpt\n"
           "What there is: attune list data|models|optimizers|initializers";
  }

  void declare(Arguments& a) override {
    training_.declare(a);
    a.option("--optimizer", optimizer_, "update rule; see: attune list optimizers");
    a.option("--init", initializer_, "initializer of the weights; see: attune list initializers");
    a.option("--patience", patience_,
             "stop after so many epochs without a better dev figure; 0: never");
    a.option("--seed", seed_, "of the split, the weights and the order of samples");
    a.option("--plugin", plugins_, "file to load rules and initializers from");
    a.option("--save", save_, "file for the trained weights (safetensors)");
    a.option("--checkpoint", checkpoint_, "file for what a resumed run needs");
    a.option("--every", every_,
             "how often to write it: steps, or a time such as 30s, 5min; empty: every minute");
    a.option("--resume", resume_,
             "checkpoint to go on from, and to write to unless --checkpoint names another; where "
             "there is none yet, the run begins");
    a.flag("--memory", memory_, "print what memory the widest step needed");
    a.option("--json", json_, "write one object per epoch, and one at the end (- for stdout)");
  }

  int run() override {
    const auto start = std::chrono::steady_clock::now();
    training_.begin();
    require_within("--patience", patience_, 0, std::numeric_limits<int>::max());
    require_within("--seed", seed_, 0, std::numeric_limits<std::int64_t>::max());
    const Every every = every_.empty() ? Every::minute() : Every::parse(every_);
    const std::vector<std::string> loaded = load_rules(plugins_);
    require_sensible_files();
    const std::string checkpoint = checkpoint_.empty() ? resume_ : checkpoint_;
    std::error_code unseen;
    const bool begins = resume_.empty() || !fs::exists(resume_, unseen);
    if (!resume_.empty() && begins) {
      say(stderr, fmt::format("{}: there is no checkpoint yet: the run begins\n", resume_));
    } else if (resume_.empty() && !checkpoint.empty() && fs::exists(checkpoint, unseen)) {
      say(stderr, fmt::format("{}: the run begins and replaces this checkpoint (--resume goes on "
                              "from it)\n",
                              checkpoint));
    }

    const auto seed = static_cast<std::uint64_t>(seed_);
    training_.require_known({initializer_}, {optimizer_});
    if (!loaded.empty() && std::ranges::find(loaded, optimizer_) == loaded.end()) {
      say(stderr, fmt::format("--plugin brings {}, the run goes by {} (--optimizer)\n",
                              fmt::join(loaded, ", "), optimizer_));
    }
    const Task task = make_task(training_.data, seed);
    Learner learner = training_.learner(task, initializer_, optimizer_, seed);
    Network& network = learner.network;
    optim::Optimizer& optimizer = learner.optimizer;
    const std::vector<double> asked = options_of(optimizer);
    JsonLines lines(json_);
    say(lines.human(),
        fmt::format("{} on {} by {} from {}: {} parameters, {} / {} / {} samples to train, dev and "
                    "test\n",
                    training_.model, training_.data, optimizer_, initializer_,
                    parameter_count(network), task.parts.train.size(), task.parts.dev.size(),
                    task.parts.test.size()));

    outlive_readers();
    const Interrupt interrupt;
    std::optional<std::uint64_t> resumed_at;
    StepMemory memory;
    memory.begin();
    const History history =
        fit(network, optimizer, task.parts.train,
            {.epochs = static_cast<int>(training_.epochs),
             .batch = training_.batch,
             .dev = &task.parts.dev,
             .patience = static_cast<int>(patience_),
             .seed = seed,
             .checkpoint = checkpoint,
             .every = every,
             .resume_from = begins ? "" : resume_,
             .notes = {{"--init", initializer_text()}},
             .on_resume =
                 [&](const History& so_far) {
                   require_same(optimizer, asked);
                   resumed_at = optimizer.steps();
                   if (std::ssize(so_far.epochs) < training_.epochs)
                     say(stderr, fmt::format("{}: the run goes on after {} steps\n", resume_,
                                             optimizer.steps()));
                   for (const EpochFigures& epoch : so_far.epochs) write(lines, task, epoch);
                 },
             .on_step =
                 [&](StepFigures& step) {
                   memory.end();
                   step.stop = Interrupt::signal() != 0;
                 },
             .on_epoch =
                 [&](EpochFigures& epoch) {
                   memory.begin();  // what came between was the dev part
                   write(lines, task, epoch);
                   epoch.stop = Interrupt::signal() != 0;
                 }});
    const bool done = std::ssize(history.epochs) == training_.epochs;
    if (const int number = Interrupt::signal(); number != 0 && !done) {
      say(stderr, fmt::format("{}: the run stopped after {} steps{}\n", strsignal(number),
                              optimizer.steps(),
                              checkpoint.empty() ? "; nothing was kept (--checkpoint)"
                                                 : "; it goes on with --resume " + checkpoint));
      return 128 + number;
    }
    if (resumed_at == optimizer.steps()) {
      say(stderr,
          fmt::format("{}: its run has done {} epochs of {} asked for: nothing was trained\n",
                      resume_, history.epochs.size(), training_.epochs));
    }
    finish(task, network, history, memory, lines, start);
    return lines.complete() ? 0 : 1;
  }

 private:
  // Before anything is trained: each file is of one use, and can be written.
  void require_sensible_files() const {
    const std::string checkpoint = checkpoint_.empty() ? resume_ : checkpoint_;
    if (!every_.empty() && checkpoint.empty()) {
      throw Error(ErrorKind::value,
                  "--every " + every_ + " and no --checkpoint to write: name one");
    }
    std::vector<NamedFiles> files{{"--data", files_of(training_.data), false},
                                  {"--plugin", files_of_plugins(plugins_), false},
                                  {"--save", {save_}, true},
                                  {"--checkpoint", {checkpoint}, true},
                                  {"--json", {json_}, true}};
    std::error_code error;
    if (resume_ != checkpoint && !fs::equivalent(resume_, checkpoint, error)) {
      files.push_back({"--resume", {resume_}, false});
    }
    require_distinct(files);
    require_writable(save_);
    require_writable(checkpoint);
  }

  // What attune test must know to build the network again and to find the same test part.
  Metadata origin(const Task& task) const {
    const data::Names& names = task.parts.train.names();
    return {{note::data, training_.data},
            {note::model, training_.model},
            {note::seed, std::to_string(seed_)},
            {note::classes, joined(names.classes)},
            {note::features, joined(names.features)}};
  }

  std::string initializer_text() const {
    std::string text = initializer_;
    for (const std::string& setting : training_.initializer_settings) text += " " + setting;
    return text;
  }

  static std::vector<OptionInfo> all_options(const std::string& rule) {
    optim::RuleInfo info = optim::describe(rule);
    std::ranges::move(info.host_options, std::back_inserter(info.options));
    return info.options;
  }
  static std::vector<double> options_of(const optim::Optimizer& optimizer) {
    std::vector<double> values;
    for (const OptionInfo& option : all_options(optimizer.rule())) {
      values.push_back(optimizer.get(option.name));
    }
    return values;
  }

  // A checkpoint holds the options that its run began with, and a resumed run goes on with them:
  // whoever asks for others must hear of it.
  void require_same(const optim::Optimizer& optimizer, const std::vector<double>& asked) const {
    const std::vector<double> now = options_of(optimizer);
    for (std::size_t i = 0; i < now.size(); ++i) {
      if (now[i] == asked[i]) continue;
      const OptionInfo option = all_options(optimizer.rule())[i];
      const auto word = [&](double value) {
        return option.kind == "choice" ? option.choices.at(static_cast<std::size_t>(value))
                                       : fmt::format("{}", value);
      };
      throw Error(ErrorKind::value,
                  fmt::format("--resume {}: its run has {} = {}, this one asks for {}: give the "
                              "same --set, or begin anew without --resume",
                              resume_, option.name, word(now[i]), word(asked[i])));
    }
  }

  static void write(JsonLines& lines, const Task& task, const EpochFigures& epoch) {
    Json::Object object{{"event", "epoch"},
                        {"epoch", epoch.epoch},
                        {"train_loss", epoch.train_loss},
                        {"dev_loss", epoch.dev_loss}};
    if (task.classes) object.emplace_back("dev_accuracy", epoch.dev_metric);
    object.emplace_back("seconds", epoch.seconds);
    object.emplace_back("samples_per_second", epoch.samples_per_second);
    lines.write(object);
  }

  void finish(const Task& task, const Network& network, const History& history,
              const StepMemory& memory, JsonLines& lines,
              std::chrono::steady_clock::time_point start) const {
    const TestFigures figures = [&] {
      try {
        return test(network, task);
      } catch (const Error&) {  // costs the figures, not the weights
        save_weights(task, network, lines);
        throw;
      }
    }();
    const std::string digest = weights_digest(network);
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

    if (history.stopped_early)
      say(lines.human(), fmt::format("stopped early; best epoch {}\n", history.best_epoch));
    print(lines.human(), figures);
    say(lines.human(), fmt::format("weights       {}\ntime          {:.1f} s\n", digest, seconds));
    if (memory_) say(lines.human(), memory.text());
    Json::Object done{{"event", "done"},           {"test_accuracy", figures.accuracy},
                      {"test_loss", figures.loss}, {"parameters", parameter_count(network)},
                      {"seconds", seconds},        {"weights_digest", digest}};
    if (memory_) done.emplace_back("memory", memory.figures());
    lines.write(done);
    // Last: what a full disk takes away are the weights, not the figures too.
    save_weights(task, network, lines);
  }

  void save_weights(const Task& task, const Network& network, JsonLines& lines) const {
    if (save_.empty()) return;
    save(network, save_, origin(task));
    say(lines.human(), fmt::format("saved to      {} (attune test {})\n", save_, save_));
  }

  Training training_{.data = "fashion-mnist", .model = "mlp:128", .epochs = 3, .batch = 128};
  std::string optimizer_ = "adam", initializer_ = "he_normal", save_, checkpoint_, every_, resume_,
              json_;
  std::vector<std::string> plugins_;
  std::int64_t patience_ = 0, seed_ = 1;
  bool memory_ = false;
};

const Added<TrainCommand> added("train");

}  // namespace
}  // namespace attune::tools
