// A small transformer learns a text character by character and then writes one like it. The text is
// a sonnet by Shakespeare unless a file is named; 200 steps take seconds, and the weights at the
// end are the same at any number of threads.
//
//   example_characters [steps] [text file]
#include <attune/attune.hpp>
#include <attune/nn.hpp>
#include <fstream>
#include <iostream>
#include <iterator>

using namespace attune;

constexpr const char* sonnet = R"(Shall I compare thee to a summer's day?
Thou art more lovely and more temperate:
Rough winds do shake the darling buds of May,
And summer's lease hath all too short a date:
Sometime too hot the eye of heaven shines,
And often is his gold complexion dimm'd;
And every fair from fair sometime declines,
By chance or nature's changing course untrimm'd;
But thy eternal summer shall not fade
Nor lose possession of that fair thou owest;
Nor shall Death brag thou wander'st in his shade,
When in eternal lines to time thou growest:
So long as men can breathe or eyes can see,
So long lives this and this gives life to thee.
)";

constexpr std::int64_t window = 64, width = 64, batch = 16;

// Pre-norm: what a part adds is computed from a normalized copy, and gradients pass beside it.
struct Block {
  nn::LayerNorm before{{width}}, between{{width}};
  nn::MultiheadAttention attention{.size = width, .heads = 4, .causal = true};
  nn::Linear wide{width, 4 * width}, narrow{4 * width, width};
  Tensor operator()(const Tensor& x) const {
    const Tensor y = x + attention(before(x));
    return y + narrow(gelu(wide(between(y))));
  }
};

struct Model {
  std::int64_t characters = 0;
  nn::Embedding symbols{characters, width}, places{window, width};
  std::vector<Block> blocks = std::vector<Block>(2);
  nn::LayerNorm after{{width}};
  nn::Linear out{width, characters};
  // [n, length] of characters -> [n, length, characters], the logits of the one that comes next.
  Tensor operator()(const Tensor& x) const {
    Tensor y = symbols(x) + places(arange(x.size(1)));
    for (const Block& block : blocks) y = block(y);
    return out(after(y));
  }
};

int main(int count, char** arguments) try {
  const std::uint64_t steps = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 200;
  std::string text = sonnet;
  if (count > 2) {
    std::ifstream file(arguments[2]);
    text.assign(std::istreambuf_iterator<char>(file), {});
  }
  if (steps < 1 || static_cast<std::int64_t>(text.size()) <= window + 1) {
    std::cerr << "usage: example_characters [steps] [text file of more than 65 characters]\n";
    return 2;
  }
  std::string alphabet;  // characters in the order in which they first appear
  std::vector<std::int64_t> numbers;
  for (const char character : text) {
    if (alphabet.find(character) == std::string::npos) alphabet += character;
    numbers.push_back(static_cast<std::int64_t>(alphabet.find(character)));
  }
  const Tensor data = tensor(numbers);

  const Random stream{1};
  Model model{.characters = static_cast<std::int64_t>(alphabet.size())};
  initialize(params(model), "xavier_normal", {.seed = 1});
  auto opt = optim::make("adamw", params(model), {{"lr", 3e-3}});
  double loss = 0;
  while (opt.steps() < steps) {
    // Windows from random places, and the same a character further: what follows each character.
    const Tensor first = randint(0, data.size(0) - window, {batch, 1});
    const Tensor at = flatten(first + arange(window));
    const Tensor x = take(data, at, 0), y = take(data, at + 1, 0);
    const Tensor logits = model(reshape(x, {batch, window}));
    const Tensor error = cross_entropy(reshape(logits, {batch * window, model.characters}), y);
    opt.step(error.backward());
    loss = error.item();
    if (opt.steps() % 50 == 0)
      std::cout << "step " << opt.steps() << ": loss " << loss << std::endl;
  }

  const Evaluation evaluation;
  const NoGrad values_only;
  std::vector<std::int64_t> written(numbers.begin(), numbers.begin() + 20);
  for (int i = 0; i < 300; ++i) {
    const std::size_t known = std::min<std::size_t>(written.size(), window);
    const std::vector<std::int64_t> last(written.end() - static_cast<std::ptrdiff_t>(known),
                                         written.end());
    const Tensor logits = select(model(unsqueeze(tensor(last), 0)), 1, -1);
    written.push_back(multinomial(softmax(logits, -1), 1).item<std::int64_t>());
  }
  for (const std::int64_t number : written) std::cout << alphabet[static_cast<std::size_t>(number)];
  std::cout << "\nweights " << weights_digest(model) << '\n';
  return loss < 1.5 ? 0 : 1;
} catch (const Error& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
