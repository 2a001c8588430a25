// Starts programs by fork and exec and reads their lines.
#include "bench/runner/program.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "bench/runner/cores.hpp"

namespace bench {
namespace {

constexpr int patience_ms = 600'000;  // the first call of a compiling library takes minutes

struct Started {
  pid_t process;
  int in, out;
};

Started start(const std::vector<std::string>& command, const std::vector<int>& cores) {
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
    throw ProgramFailed(fmt::format("no pipe: {}", std::strerror(errno)));
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t process = fork();
  if (process < 0) throw ProgramFailed(fmt::format("no process: {}", std::strerror(errno)));
  if (process == 0) {
    dup2(in[0], STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    if (!cores.empty()) {
      hold_to(cores);
      const std::string count = std::to_string(cores.size());
      setenv("OMP_NUM_THREADS", count.c_str(), 1);
      setenv("OPENBLAS_NUM_THREADS", count.c_str(), 1);
    }
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  return {process, in[1], out[0]};
}

Bars bars_of(const nlohmann::json& row) {
  Bars bars;
  const std::pair<const char*, double Bars::*> fields[] = {
      {"ratio", &Bars::ratio},
      {"ratio_threads", &Bars::ratio_threads},
      {"of_limit", &Bars::of_limit},
      {"of_limit_threads", &Bars::of_limit_threads},
      {"seconds", &Bars::seconds},
      {"scaling", &Bars::scaling},
      {"memory", &Bars::memory},
      {"mean", &Bars::mean},
      {"low", &Bars::low}};
  for (const auto& [name, field] : fields) bars.*field = row.value(name, 0.0);
  return bars;
}

Sample sample_of(const nlohmann::json& row) {
  Sample sample{.library = row.at("library"),
                .work = row.at("work"),
                .seconds = row.at("seconds"),
                .processor_seconds = row.at("processor_seconds"),
                .peak_bytes = row.value("peak_bytes", 0.0),
                .flops = row.value("flops", 0.0),
                .bytes_read = row.value("bytes_read", 0.0),
                .bytes_written = row.value("bytes_written", 0.0),
                .amount = row.value("amount", 0.0),
                .bound = row.value("bound", 0.0),
                .doubles = row.value("doubles", false),
                .bars = bars_of(row.value("bars", nlohmann::json::object())),
                .result = {}};
  for (const nlohmann::json& number : row.at("result"))
    sample.result.push_back(number.is_number() ? number.get<double>() : NAN);
  return sample;
}

std::vector<std::string> with(std::vector<std::string> command,
                              const std::vector<std::string>& more) {
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

}  // namespace

bool Program::has(const std::string& work) const {
  return std::ranges::find(works, work, &Listed::work) != works.end();
}

Run::Run(const Program& program, const std::vector<std::string>& works, int threads, double seconds)
    : works_(works.size()), stays_(program.stays) {
  const std::string names = fmt::format("{}", fmt::join(works, ","));
  name_ = program.library + " " + (works.size() == 1 ? names : works.front() + ",...");
  const Started started =
      start(with(program.command, {names, std::to_string(threads), fmt::format("{}", seconds)}),
            last_cores(threads));
  process_ = started.process;
  in_ = started.in;
  out_ = started.out;
}

Run::~Run() {
  close(in_);
  close(out_);
  if (process_ > 0) {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
}

std::string Run::line() {
  for (;;) {
    if (const auto end = buffer_.find('\n'); end != std::string::npos) {
      std::string found = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return found;
    }
    pollfd ready{.fd = out_, .events = POLLIN, .revents = 0};
    const int came = poll(&ready, 1, patience_ms);
    if (came < 0 && errno == EINTR) continue;
    if (came == 0)
      throw ProgramFailed(fmt::format("{}: nothing came for {} s", name_, patience_ms / 1000));
    char bytes[65536];
    const ssize_t count = read(out_, bytes, sizeof bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return std::exchange(buffer_, {});
    buffer_.append(bytes, static_cast<std::size_t>(count));
  }
}

std::vector<Sample> Run::samples() {
  if (std::exchange(asked_, true) && write(in_, "\n", 1) != 1)
    throw ProgramFailed(name_ + ": ended before it was asked again");
  std::vector<Sample> found;
  std::string text;
  while (!(text = line()).empty()) {
    try {
      found.push_back(sample_of(nlohmann::json::parse(text)));
    } catch (const nlohmann::json::exception& error) {
      throw ProgramFailed(fmt::format("{}: {}: \"{}\"", name_, error.what(), text));
    }
    if (stays_ && found.size() == works_) return found;
  }
  int status = 0;
  waitpid(std::exchange(process_, -1), &status, 0);
  if (WIFSIGNALED(status))
    throw ProgramFailed(fmt::format("{}: ended by signal {}", name_, WTERMSIG(status)));
  if (WEXITSTATUS(status) != 0 || found.size() != works_)
    throw ProgramFailed(
        fmt::format("{}: status {}, {} samples", name_, WEXITSTATUS(status), found.size()));
  return found;
}

std::vector<Listed> works_of(const std::vector<std::string>& command) {
  const Started started = start(with(command, {"--list"}), {});
  close(started.in);
  std::string text;
  char bytes[4096];
  for (ssize_t count; (count = read(started.out, bytes, sizeof bytes)) != 0;) {
    if (count > 0)
      text.append(bytes, static_cast<std::size_t>(count));
    else if (errno != EINTR)
      break;
  }
  close(started.out);
  int status = 0;
  waitpid(started.process, &status, 0);
  if (status != 0)
    throw ProgramFailed(
        fmt::format("\"{} --list\" ended with status {} instead of naming its works",
                    fmt::join(command, " "), WIFEXITED(status) ? WEXITSTATUS(status) : status));
  std::vector<Listed> works;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::string work = line.substr(0, line.find(' ')), marks = line.substr(work.size());
    works.push_back({work, marks.find('+') != marks.npos, marks.find('?') != marks.npos});
  }
  return works;
}

}  // namespace bench
