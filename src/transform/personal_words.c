/* Names of persons where English, Spanish, French, German and Italian are spoken, and Chinese
 * addresses, by lists of words. The lists were put together for mica from what is generally known
 * and are under mica's licence. Such a name is found after a title, or where a frequent given name
 * stands before another word with a capital letter. Chinese names: personal_chinese.c. */
#include "transform/personal_text.h"

#include <string.h>

static const char given[] =
    "|Adam|Alan|Albert|Alessandro|Alexander|Alexandra|Alice|Amanda|Amy|Andrea|Andreas|Andrew|"
    "Angela|"
    "Anna|Anne|Anthony|Antoine|Antonio|Barbara|Benjamin|Betty|Brandon|Brenda|Brian|Camille|Carlos|"
    "Carmen|Carol|Caroline|Catherine|Charles|Charlotte|Chiara|Christian|Christina|Christine|"
    "Christopher|Claire|Claudia|Claus|Cynthia|Daniel|David|Deborah|Diego|Donald|Donna|Dorothy|"
    "Edward|"
    "Elena|Elizabeth|Emily|Emma|Eric|Eva|Felix|Fernando|Florian|Frances|Francesca|Francesco|"
    "Francisco|Frank|Gabriel|Gary|George|Giovanni|Giulia|Giuseppe|Gregory|Hannah|Hans|Heather|"
    "Helen|"
    "Henry|Isabel|Isabella|Jack|Jacob|Jacques|James|Jane|Janet|Jason|Javier|Jean|Jeffrey|Jennifer|"
    "Jessica|Joan|Johann|John|Jonas|Jonathan|Jorge|Jose|Joseph|Joshua|Juan|Judith|Julia|Julie|"
    "Julien|"
    "Karen|Karl|Katharina|Katherine|Kathleen|Kelly|Kenneth|Kevin|Kimberly|Larry|Laura|Lauren|Leon|"
    "Linda|Lisa|Louis|Luca|Lucas|Lucia|Luis|Lukas|Manuel|Marco|Margaret|Maria|Marie|Mario|Mark|"
    "Markus|Martha|Martin|Mary|Matteo|Matthew|Megan|Melissa|Michael|Michelle|Miguel|Monika|Nancy|"
    "Nathan|Nicholas|Nicolas|Nicole|Oliver|Olivia|Pablo|Pamela|Paolo|Patricia|Patrick|Paul|Paula|"
    "Pedro|Peter|Philipp|Pierre|Rachel|Rebecca|Richard|Robert|Roberto|Ronald|Ruth|Ryan|Samuel|"
    "Sandra|"
    "Sara|Sarah|Scott|Sebastian|Sharon|Simon|Sofia|Sophia|Sophie|Stefan|Stephanie|Stephen|Steven|"
    "Susan|Teresa|Thomas|Timothy|Tyler|Valentina|Victoria|Virginia|Walter|William|Wolfgang|";
static const char families[] =
    "|Adams|Allen|Anderson|Bailey|Baker|Bauer|Becker|Bell|Bennett|Bernard|Bianchi|Brooks|Brown|"
    "Campbell|Carter|Clark|Collins|Cook|Cooper|Cox|Davis|Diaz|Dubois|Durand|Edwards|Evans|"
    "Fernandez|"
    "Ferrari|Fischer|Flores|Garcia|Gomez|Gonzalez|Gray|Green|Hall|Harris|Hernandez|Hill|Hoffmann|"
    "Howard|Hughes|Jackson|James|Jenkins|Johnson|Jones|Kelly|King|Klein|Koch|Lambert|Lee|Lefebvre|"
    "Leroy|Lewis|Long|Lopez|Martin|Martinez|Meyer|Miller|Mitchell|Moore|Moreau|Morgan|Morris|"
    "Murphy|"
    "Myers|Nelson|Nguyen|Ortiz|Parker|Perez|Peterson|Petit|Phillips|Powell|Price|Ramirez|Reed|"
    "Reyes|Ricci|Richard|Richardson|Rivera|Robert|Roberts|Robinson|Rodriguez|Rogers|Romano|Ross|"
    "Rossi|"
    "Russo|Ruiz|Sanchez|Sanders|Schmidt|Schneider|Schneider|Schulz|Scott|Simon|Smith|Stewart|"
    "Sullivan|"
    "Taylor|Thomas|Thompson|Torres|Turner|Wagner|Walker|Ward|Watson|Weber|White|Williams|Wilson|"
    "Wolf|"
    "Wood|Wright|Young|Zimmermann|";
static const char titles[] =
    "Mr. |Mrs. |Ms. |Dr. |Prof. |Mr |Mrs |Ms |Herr |Frau |Monsieur |Madame |"
    "Señor |Señora |Signor |Signora ";

/* Whether |word| is in a list that begins and ends with |. */
static bool in_list(const char *list, const char *word, size_t length) {
    for (const char *at = list; (at = strchr(at, '|')) && at[1]; at++)
        if (!strncmp(at + 1, word, length) && at[1 + length] == '|') return true;
    return false;
}

/* A word that begins with a capital letter; letters outside ASCII are letters. Its end, 0: none. */
static size_t capital_word(const char *s, size_t n, size_t at) {
    if (at >= n || s[at] < 'A' || s[at] > 'Z') return 0;
    size_t i = at + 1;
    while (i < n && i - at < 40 &&
           (is_letter(s[i]) || (s[i] & 0x80) || s[i] == '-' || s[i] == '\''))
        i++;
    return i - at >= 2 ? i : 0;
}

static bool find_western_name(const char *s, size_t n, size_t at, found *out) {
    if (s[at] < 'A' || s[at] > 'Z' || !begins_word(s, at) || (at && (s[at - 1] & 0x80)))
        return false;
    size_t title = any_word(s, n, at, titles), first = capital_word(s, n, at + title);
    if (!first) return false;
    bool known = in_list(given, s + at + title, first - at - title);
    size_t second = first < n && s[first] == ' ' ? capital_word(s, n, first + 1) : 0;
    if (second && second - first == 2) second = 0;
    if (title) {
        out->begin = at + title;
        out->end = second ? second : first;
        out->certainty = known || second ? 0.85 : 0.75;
        return true;
    }
    if (first < n && has_word(s, n, first, " ") && first + 3 < n && is_letter(s[first + 1]) &&
        s[first + 2] == '.' && s[first + 3] == ' ') /* John Q. Public */
        second = capital_word(s, n, first + 4);
    if (!known || !second) return false;
    size_t family = second;
    while (s[family - 1] != ' ') family--;
    out->end = second;
    out->certainty = in_list(families, s + family, second - family) ? 0.92 : 0.75;
    return true;
}

bool find_name(const char *s, size_t n, size_t at, found *out) {
    if (!(s[at] & 0x80)) return find_western_name(s, n, at, out);
    return is_han(s, n, at) && find_chinese_name(s, n, at, out); /* not within a character */
}

/* ---- addresses ---- */

static const char provinces[] = "北京市|上海市|天津市|重庆市|北京|上海|天津|重庆|河北省|山西省|"
                                "辽宁省|吉林省|黑龙江省|江苏省|浙江省|安徽省|"
                                "福建省|江西省|山东省|河南省|湖北省|湖南省|广东省|海南省|四川省|"
                                "贵州省|云南省|陕西省|甘肃省|青海省|台湾省|"
                                "内蒙古自治区|广西壮族自治区|西藏自治区|宁夏回族自治区|"
                                "新疆维吾尔自治区|内蒙古|广西|西藏|宁夏|新疆|香港|澳门|"
                                "河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|"
                                "湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|"
                                "青海|台湾";
static const char units[] = "自治州|自治县|街道|地区|新区|市|区|县|州|旗|镇|乡|村|盟";
static const char roads[] = "大道|大街|胡同|路|街|道|巷|弄|里";
static const char houses[] = "号楼|号院|单元|小区|大厦|号|弄|栋|幢|楼|层|室|座";
static const char stops[] = "在|于|到|是|的|址|住|从|往|去|和|与|给|了|我|你|他|她|们|有|来";

/* A name of 1 to `most` characters before one of the suffixes; the end with the suffix, 0: none. */
static size_t named(const char *s, size_t n, size_t at, const char *suffixes, size_t most) {
    size_t i = at;
    for (size_t count = 0; count < most && is_han(s, n, i); count++) {
        if (any_word(s, n, i, stops)) return 0;
        i += 3;
        size_t suffix = any_word(s, n, i, suffixes);
        if (suffix) return i + suffix;
    }
    return 0;
}

/* 27号, 甲27-3号5号楼2单元801室; the end, `at`: none. */
static size_t house_end(const char *s, size_t n, size_t at) {
    size_t end = at;
    for (int parts = 0; parts < 6; parts++) {
        size_t i = end + any_word(s, n, end, "甲|乙|丙");
        size_t digits = i;
        while (i < n && i - digits < 8 && (is_word(s[i]) || s[i] == '-')) i++;
        size_t suffix = i > digits ? any_word(s, n, i, houses) : 0;
        if (!suffix) break;
        end = i + suffix;
    }
    return end;
}

bool find_chinese_address(const char *s, size_t n, size_t at, found *out) {
    if (!is_han(s, n, at)) return false;
    size_t province = any_word(s, n, at, provinces), i = at + province, next;
    int levels = province > 0;
    for (; levels < 6 && (next = named(s, n, i, units, 7)); levels++) i = next;
    size_t admin = i, road = named(s, n, i, roads, 7);
    if (road) i = road;
    size_t house = house_end(s, n, i);
    bool numbered = house > i;
    out->end = house;
    if (road && numbered) out->certainty = province ? 0.97 : levels ? 0.85 : 0.6;
    else if (province && levels >= 3) out->certainty = road || numbered ? 0.85 : 0.6;
    else return false;
    return out->end > at && (levels > 0 || admin == at);
}
