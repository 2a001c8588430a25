// What fit shows: plain lines into a pipe, one redrawn line on a terminal, nothing when told so.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <pty.h>
#include <regex>
#include <thread>
#include <unistd.h>

#include "tests/train/setting.hpp"

using namespace attune;
using namespace attune::tests;

namespace {

// What fit writes into `write_end`, read from the other end.
std::string shown(int read_end, int write_end, const FitOptions& options) {
  std::string text;
  std::FILE* const output = ::fdopen(write_end, "w");
  {
    const std::jthread reader([&] {  // until the other end is closed
      char buffer[4096];
      ssize_t count;
      while ((count = ::read(read_end, buffer, sizeof buffer)) > 0) {
        text.append(buffer, static_cast<std::size_t>(count));
      }
      ::close(read_end);
    });
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> closed(output, std::fclose);
    Net net = fresh_net();
    optim::Optimizer opt = adam(net);
    FitOptions with_output = options;
    with_output.output = output;
    fit(net, opt, moons(), with_output);
  }
  return text;
}

std::string through_pipe(const FitOptions& options) {
  int ends[2];
  BOOST_REQUIRE(::pipe(ends) == 0);
  return shown(ends[0], ends[1], options);
}

// Whatever terminal the tests are run on.
std::string on_terminal(const FitOptions& options, unsigned short columns = 70,
                        const char* kind = "xterm") {
  BOOST_REQUIRE(::setenv("TERM", kind, 1) == 0);
  int terminal, program;
  winsize size{};
  size.ws_col = columns;
  BOOST_REQUIRE(::openpty(&terminal, &program, nullptr, nullptr, &size) == 0);
  return shown(terminal, program, options);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(progress)

BOOST_AUTO_TEST_CASE(a_line_an_epoch_into_a_pipe) {
  const data::Set dev = moons(30, 9);
  const std::string text = through_pipe({.epochs = 2, .dev = &dev, .restore_best = false});
  const std::regex expected(
      "epoch 1/2: train loss [0-9.]+, dev loss [0-9.]+, dev accuracy 0\\.[0-9]{4} \\(best\\), "
      "[0-9.]+ s, ([0-9]{1,4}|10000|[0-9]{2,}k) samples/s, 0:[0-9]{2} left\n"
      "epoch 2/2: train loss [0-9.]+, dev loss [0-9.]+, dev accuracy [01]\\.[0-9]{4}( "
      "\\(best\\))?, "
      "[0-9.]+ s, ([0-9]{1,4}|10000|[0-9]{2,}k) samples/s\n");
  BOOST_TEST(std::regex_match(text, expected), text);
}

BOOST_AUTO_TEST_CASE(a_redrawn_line_on_a_terminal) {
  using namespace std::chrono_literals;
  const FitOptions options{
      .epochs = 2, .batch = 10, .on_step = [](StepFigures&) { std::this_thread::sleep_for(30ms); }};
  const auto begun = std::chrono::steady_clock::now();
  const std::string text = on_terminal(options);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  std::ptrdiff_t redrawn = 0;
  for (std::size_t at = 0; (at = text.find("\r\x1b[Kepoch", at)) != std::string::npos; ++at) {
    const std::size_t end = text.find('\r', at + 1);
    BOOST_TEST(end - at <= 70u + 4u);  // fits into the terminal's columns
    // The line of a finished epoch takes the bar's place whenever the epoch ends.
    if (text.substr(at, end - at).find("train loss") == std::string::npos) ++redrawn;
  }
  BOOST_TEST(redrawn >= 2);
  BOOST_TEST(static_cast<double>(redrawn) <= took.count() / 0.1);
  BOOST_TEST(std::regex_search(text, std::regex("epoch 1/2 \\[=* *\\]  ?[0-9]+%, loss")), text);
  BOOST_TEST(std::regex_search(text, std::regex("epoch 1/2: train loss")), text);
}

BOOST_AUTO_TEST_CASE(plain_lines_on_a_terminal_that_cannot_redraw) {
  const std::string text = on_terminal({.epochs = 2}, 70, "dumb");
  BOOST_TEST(text.starts_with("epoch 1/2: train loss"), text);
  BOOST_TEST(text.find('\x1b') == std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(what_a_narrow_terminal_leaves_out) {
  using namespace std::chrono_literals;
  const data::Set dev = moons(30, 9);
  const FitOptions options{.epochs = 2, .batch = 10, .dev = &dev, .on_step = [](StepFigures& step) {
                             if (step.epoch == 2) std::this_thread::sleep_for(50ms);
                           }};
  const std::string bar = " \\[=* *\\]", percent = " *[0-9]+%,", loss = " loss [0-9.]+",
                    dev_loss = ", dev loss [0-9.]+", metric = ", dev accuracy [01]\\.[0-9]{4}",
                    speed = ", ([0-9]{1,4}|10000|[0-9]{2,}k) samples/s", left = ", 0:[0-9]{2} left";
  const std::pair<unsigned short, std::string> expected[] = {
      {120, bar + percent + loss + dev_loss + metric + speed + left},
      {80, bar + "(" + percent + ")?" + loss + metric + speed + left},
      {70, bar + loss + metric + "(" + speed + ")?" + left},
      {60, percent + loss + metric + left},
      {30, percent + loss},
      {9, " *[0-9]+%"}};
  for (const auto& [columns, line] : expected) {
    const std::string text = on_terminal(options, columns);
    std::size_t seen = 0;
    for (std::size_t at = 0; (at = text.find("\r\x1b[Kepoch 2/2", at)) != std::string::npos; ++at) {
      const std::string shown = text.substr(at + 4, text.find_first_of("\r\n", at + 1) - at - 4);
      if (shown.find("train loss") != std::string::npos) continue;
      ++seen;
      BOOST_TEST(std::regex_match(shown, std::regex("epoch 2/2" + line)), columns << ": " << shown);
      BOOST_TEST((shown.size() < columns || columns < 15), columns << ": " << shown);
    }
    BOOST_TEST(seen > 0u, columns);
  }
}

BOOST_AUTO_TEST_CASE(nothing_when_told_so) {
  BOOST_TEST(on_terminal({.epochs = 1, .progress = Progress::none}).empty());
}

BOOST_AUTO_TEST_CASE(an_early_stop_says_so) {
  const data::Set dev = moons(30, 9);
  const std::string text = through_pipe({.epochs = 5, .dev = &dev, .patience = 1, .min_delta = 2});
  BOOST_TEST(text.find("stopped early: nothing better since epoch 1\n"
                       "the weights are those of epoch 1\n") != std::string::npos,
             text);
}

BOOST_AUTO_TEST_SUITE_END()
