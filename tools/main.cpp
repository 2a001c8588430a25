// The program `attune`: reads the command line, runs a command, turns errors into an exit status:
// 0 done, 1 failed, 2 bad usage.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <attune/error.hpp>
#include <attune/registry.hpp>
#include <attune/version.hpp>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <fmt/format.h>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include "tools/command.hpp"
#include "tools/say.hpp"
#include "tools/text.hpp"

namespace attune::tools {
namespace {

// The parser would take 1e3 for 1, and what is too large for the largest number.
std::string refuse_unless_whole(const std::string& text) {
  if (whole_number<std::int64_t>(text)) return {};
  return fmt::format("\"{}\" is no whole number between -2^63 and 2^63", text);
}

// The parser would take 010 for 8.
std::string decimal(const std::string& text) {
  const auto number = whole_number<std::int64_t>(text);
  return number ? std::to_string(*number) : text;
}

class CliArguments final : public Arguments {
 public:
  explicit CliArguments(CLI::App& app) : app_(app) {}
  void option(const char* name, std::string& value, const char* meaning) override {
    app_.add_option(name, value, meaning)->capture_default_str()->take_last();
  }
  void option(const char* name, std::int64_t& value, const char* meaning) override {
    app_.add_option(name, value, meaning)
        ->capture_default_str()
        ->take_last()
        ->check(refuse_unless_whole, "", "")
        ->transform(decimal, "", "");
  }
  void option(const char* name, std::vector<std::string>& values, const char* meaning) override {
    app_.add_option(name, values, meaning)->expected(1)->take_all();
  }
  void flag(const char* name, bool& value, const char* meaning) override {
    app_.add_flag(name, value, meaning);
  }
  void positional(const char* name, std::string& value, const char* meaning,
                  bool required) override {
    app_.add_option(name, value, meaning)->required(required);
  }

 private:
  CLI::App& app_;
};

constexpr int failed = 1, bad_usage = 2;

bool arrived() {
  if (unsaid() == 0) return true;
  say(stderr,
      fmt::format("attune: the standard output cannot be written: {}\n", std::strerror(unsaid())));
  return false;
}

// Runs the command; what it printed must have arrived.
int run(Command& command) {
  const int status = command.run();
  return arrived() ? status : failed;
}

int report(const Error& error) {
  say(stderr, fmt::format("attune: {}\n", error.what()));
  return error.kind() == ErrorKind::value ? bad_usage : failed;
}

// After the parser's refusal: what an unknown option was meant to be, what a missing argument is.
void explain(const CLI::App& part) {
  std::vector<std::string> names;
  for (const CLI::Option* const option : part.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    if (option->get_required() && option->count() == 0) {
      say(stderr, fmt::format("{}: {}\n", option->get_name(true), option->get_description()));
    }
  }
  for (const std::string& unknown : part.remaining()) {
    const std::string hint = did_you_mean(unknown.substr(0, unknown.find('=')), names);
    if (!hint.empty()) {
      say(stderr, fmt::format("{}: {}\n", unknown, hint));
    } else if (unknown.starts_with("--") && std::ranges::find(names, "--set") != names.end()) {
      say(stderr, fmt::format("{}: an option of the optimizer is given as --set {}=VALUE\n",
                              unknown, unknown.substr(2, unknown.find('=') - 2)));
    }
  }
}

// The parser's own words turn unknown arguments round.
int refuse(const CLI::App& app, const CLI::ParseError& error) {
  if (!dynamic_cast<const CLI::ExtrasError*>(&error)) return app.exit(error);
  say(stderr, fmt::format("attune: not expected: {}\nRun with --help for more information.\n",
                          fmt::join(app.remaining(true), " ")));
  return bad_usage;
}

// A file must not take the number of a standard stream that the caller closed: it would get its
// text. Reading alone, so that writing to it still fails.
void fill_standard_streams() {
  int opened = 0;
  do opened = open("/dev/null", O_RDONLY);
  while (opened >= 0 && opened <= STDERR_FILENO);
  if (opened >= 0) close(opened);
}

int main(int count, char** arguments) {
  fill_standard_streams();
  CLI::App app("attune " ATTUNE_VERSION ": neural networks in C++", "attune");
  app.set_version_flag("--version", ATTUNE_VERSION);
  app.require_subcommand(1);
  app.failure_message([](const CLI::App* part, const CLI::Error& error) {
    return "attune: " + CLI::FailureMessage::simple(part, error);
  });
  app.footer("Each command explains itself: attune train --help");
  std::vector<std::pair<CLI::App*, Command*>> entries;
  for (const std::string& name : commands().names()) {
    Command& command = *commands().at(name);
    CLI::App* const part = app.add_subcommand(name, command.summary());
    part->footer("Examples:\n" + command.examples());
    CliArguments declared(*part);
    command.declare(declared);
    entries.emplace_back(part, &command);
  }
  try {
    // The parser would only say that a command is missing.
    if (count > 1 && arguments[1][0] != '-') commands().at(arguments[1]);
    app.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    const int status = refuse(app, error) == 0 ? 0 : bad_usage;
    if (status == 0 && !arrived()) return failed;
    for (const auto& [part, command] : entries) {
      if (status != 0 && part->parsed()) explain(*part);
    }
    return status;
  } catch (const Error& error) {
    return report(error);
  }
  try {
    for (const auto& [part, command] : entries) {
      if (part->parsed()) return run(*command);
    }
    return bad_usage;
  } catch (const Error& error) {
    return report(error);
  } catch (const std::exception& error) {
    say(stderr, fmt::format("attune: {}\n", error.what()));
    return failed;
  }
}

}  // namespace
}  // namespace attune::tools

int main(int count, char** arguments) { return attune::tools::main(count, arguments); }
