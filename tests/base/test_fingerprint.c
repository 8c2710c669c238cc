/* Fingerprints equal TensorFlow 2.21's tf.strings.to_hash_bucket_fast(text, 2**62), and
 * to_hash_bucket_strong with the key [133, 1]; text: bytes (7 i + 3) mod 256. */
#include "base/fingerprint.h"
#include "support/testing.h"

static const struct {
    size_t size;
    uint64_t farm, sip;
} known[] = {{0, 1936946117179621455u, 535627636628192682u},
             {1, 4521786392703311243u, 1361991874998182428u},
             {3, 50737162503519588u, 855705373226981628u},
             {4, 3731212521969449874u, 1848148741380639892u},
             {7, 1148148772684605860u, 387093612420397387u},
             {8, 907454142650066470u, 3757921351449866954u},
             {16, 4528948699509268840u, 649507569538567238u},
             {17, 671476038512894247u, 1647872257470309211u},
             {32, 2684005117763720424u, 165047924761743880u},
             {33, 166524871036432617u, 761341638140874352u},
             {64, 389040666157116578u, 2919680721171864573u},
             {65, 4026365912879116516u, 733684167483297799u},
             {127, 766062817087798142u, 1096650654760423868u},
             {128, 2767501098359636593u, 2584238011867801992u},
             {129, 1738507677182238851u, 1224311381856604668u},
             {299, 2835575424310146781u, 1871368348401542342u}};

TEST(fingerprints_equal_tensorflow_at_every_length_of_formula) {
    unsigned char text[300];
    const uint64_t key[2] = {133, 1}, mask = ((uint64_t)1 << 62) - 1;
    for (size_t i = 0; i < sizeof text; i++) text[i] = (unsigned char)(7 * i + 3);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        assert_true((fingerprint64(text, known[i].size) & mask) == known[i].farm);
        assert_true((siphash64(key, text, known[i].size) & mask) == known[i].sip);
    }
}

RUN_TESTS(UNIT(fingerprints_equal_tensorflow_at_every_length_of_formula))
