// attune_bench: attune beside its peers, whole works, in processes of their own that take turns.
// Not the works: those are the programs of bench/steps, which scripts/bench.sh builds. Status 1 if
// a row failed: results that differ by more than the work's bound, attune's own bits that depend on
// the run, a peer that is missing or gave up. A missed bar is said in its row.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fmt/format.h>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "bench/runner/compare.hpp"
#include "bench/runner/cores.hpp"

namespace {

constexpr int failed = 1, bad_usage = 2;

int run(int count, char** arguments) {
  bench::Options options;
  std::string filter, json;
  bool processor = false, all = false;
  CLI::App app("attune beside its peers, work by work; scripts/bench.sh builds their programs");
  app.option_defaults()->take_last();  // scripts say some, and their callers may say others
  app.add_option("--filter", filter, "only works whose name this regular expression is found in");
  app.add_flag("--all", all, "details too, which otherwise run only if a filter finds them");
  app.add_option("--threads", options.threads, "numbers of threads; bars of scaling need 1,2")
      ->delimiter(',')
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--json", json, "also write the rows there, one a line");
  app.add_option("--pairs", options.pairs, "runs of each library; more where a bar is near")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--seconds", options.seconds, "timed in each run")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_flag("--processor", processor, "processor time at one thread: for a machine in use");
  app.add_flag("--alone", options.alone, "no peers: do the works run, and to the same bits?");
  app.add_flag("--strict", options.strict, "a missed bar is a failure too");
  app.add_option("--with", options.with,
                 "NAME=COMMAND: a peer that answers as the programs of bench/steps do and stays; "
                 "the works are then those it has")
      ->expected(1)
      ->take_all();
  try {
    app.parse(count, arguments);
    options.filter = std::regex(filter);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : bad_usage;
  } catch (const std::regex_error& error) {
    fmt::print(stderr, "--filter {}: {}\n", filter, error.what());
    return bad_usage;
  }
  // A bar of scaling needs the time at one thread before that at two, and none of them twice.
  const std::set<int> asked(options.threads.begin(), options.threads.end());
  options.threads.assign(asked.begin(), asked.end());
  options.details = all || !filter.empty();
  if (processor) options.clock = bench::ClockKind::processor;
  return bench::compare(options, json);
}

}  // namespace

int main(int count, char** arguments) try {
  std::signal(SIGPIPE, SIG_IGN);  // a peer that ended early is a failed row
  return run(count, arguments);
} catch (const std::exception& error) {
  fmt::print(stderr, "attune_bench: {}\n", error.what());
  return failed;
}
