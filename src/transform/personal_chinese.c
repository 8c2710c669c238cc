/* Chinese names: a surname and one or two characters. Where nothing separates words, whether three
 * characters are a name is told by what stands around them (联系…, …的电话) and by whether they are
 * frequent in given names; words that begin like one (高兴, 黄色) are none. The lists were put
 * together for mica from what is generally known and are under mica's licence. A name without a
 * frequent character, or between words that are not listed here, is not found. */
#include "transform/personal_text.h"

#include <string.h>

static const char surnames_of_two[] = "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|司徒|夏侯|令狐|"
                                      "端木|南宫|长孙|宇文";
static const char surnames[] =
    "王|李|张|刘|陈|杨|黄|赵|吴|周|徐|孙|马|朱|胡|郭|何|高|林|罗|郑|梁|谢|宋|唐|许|韩|冯|邓|曹|彭|"
    "曾|肖|萧|田|董|袁|潘|于|蒋|蔡|余|杜|叶|程|苏|魏|吕|丁|任|沈|姚|卢|姜|崔|钟|谭|陆|汪|范|金|石|"
    "廖|贾|夏|韦|付|傅|方|白|邹|孟|熊|秦|邱|江|尹|薛|闫|阎|段|雷|侯|龙|史|陶|黎|贺|顾|毛|郝|龚|邵|"
    "万|钱|严|覃|武|戴|莫|孔|向|汤|樊|葛|邢|庞|倪|聂|翟|殷|詹|耿|俞|阮|柯|裴|霍|涂|翁|冉|骆|靳|鲍|"
    "喻|祁|滕|饶|牟|穆|褚|娄|窦|岑|晏|瞿|佟|臧|施|颜|鲁|柳|祝|梅|童|柴|凌|康|温|邬|栾|甄|桑|郎|卞";
/* Surnames that are frequent words too: only where a cue or a title says it. */
static const char doubtful_surnames[] =
    "常|文|牛|安|齐|易|乔|伍|庄|章|岳|申|关|兰|焦|左|甘|包|宁|"
    "尚|符|舒|纪|毕|单|季|盛|曲|蓝|路|游|辛|管|蒙|华|蒲|房|屈|解|"
    "艾|尤|阳|时|卓|古|吉|简|车|项|连|麦|景|宫|费|冷|席|卫|米|柏|"
    "宗|应|池|查|官|封|谈|惠|乐|全|成|苗|谷";

/* Words that begin with a surname. */
static const char words[] =
    "高兴|高度|高级|高中|高速|高铁|高考|高峰|高手|高层|高效|高清|高新|高原|高山|高大|高明|高雅|"
    "高温|"
    "黄色|黄金|黄河|黄昏|黄山|黄瓜|黄豆|马上|马路|马虎|马桶|马达|马车|马力|方便|方面|方法|方式|"
    "方案|"
    "方向|方才|方正|方言|王国|王朝|王子|王牌|王者|江苏|江西|江南|江山|江湖|江海|石头|石油|石家庄|"
    "石化|石榴|金额|金融|金属|金牌|金华|金色|金山|金星|金鱼|金秋|金银|白天|白色|白云|白菜|白酒|"
    "白领|"
    "周一|周二|周三|周四|周五|周六|周日|周末|周围|周期|周年|周到|周边|周岁|周刊|于是|于今|何时|"
    "何必|"
    "何况|何处|何人|任务|任何|任职|任意|任命|任期|任性|任凭|余额|余地|余下|余款|程序|程度|程式|"
    "严重|"
    "严格|严肃|严厉|严禁|严谨|严密|严明|万元|万一|万能|万物|万事|万达|万分|万岁|钱包|钱币|钱财|"
    "史料|"
    "史上|史诗|毛巾|毛病|毛衣|毛利|毛笔|雷达|雷同|雷雨|雷电|龙头|龙虾|龙门|龙江|叶子|叶片|范围|"
    "范例|"
    "范文|夏天|夏季|夏日|段落|段时|顾客|顾问|顾虑|顾及|孔子|孔雀|郑重|郑州|许多|许可|许愿|许诺|"
    "孙子|"
    "孙女|陈旧|陈述|陈列|陈设|宋体|宋代|宋朝|唐朝|唐代|唐诗|谢谢|谢意|谢绝|韩国|徐州|徐徐|苏州|"
    "苏打|"
    "苏联|苏醒|苏宁|杜绝|付款|付费|付出|付清|付账|付诸|熊猫|秦朝|秦始|陶瓷|陶醉|黎明|贺卡|贺信|"
    "武器|"
    "武汉|武术|武装|武警|武力|武昌|莫名|莫非|莫大|向来|向上|向下|向前|向日|汤圆|汤汁|林业|林区|"
    "林立|"
    "罗列|罗马|罗盘|胡说|胡同|胡子|胡椒|胡乱|田地|田野|田园|田径|董事|曾经|曾任|曾在|曾是|肖像|"
    "萧条|"
    "丁香|沈阳|姜片|姜汁|钟头|钟表|钟点|陆地|陆续|陆军|汪洋|温度|温暖|温柔|温泉|温馨|温州|温和|"
    "康复|"
    "康乐|康德|柳州|柳树|梅花|梅雨|童年|童话|童装|凌晨|祝福|祝愿|祝贺|祝您|施工|施行|施加|颜色|"
    "鲁迅|"
    "柴油|桑树|桑拿|杨树|杨梅|李子|梁山|朱红|赵国|吴国|魏国|彭湃|贾府|邓州|曹操|庞大|翁婿|穆斯|"
    "郎朗|"
    "向阳|向东|向西|向南|向北|金宝|金龙|白玉|石英|林海|林中|江中|田中|高龄|高中|高升|高飞|马来|"
    "马克|"
    "张开|张贴|张望|张扬|张家|张口|张量|王家|李家|刘家|陈年|陈皮|于家|常年|常见|常用|常州|常德|"
    "常态|文明|"
    "文化|文件|文字|文学|文章|文档|文艺|牛奶|牛肉|安全|安排|安装|安静|安心|安徽|安康|齐全|易于|"
    "包括|"
    "包装|包含|包子|关于|关系|关注|关心|关闭|关键|单位|单价|单独|单身|季节|季度|成立|成功|成为|"
    "成员|"
    "成本|成都|成绩|成果|路上|路口|路线|游戏|游客|管理|管道|华为|华东|华南|华北|华中|房子|房间|"
    "房屋|"
    "房东|房价|解决|解释|解除|阳光|阳台|时间|时候|时代|时尚|古代|古典|简单|简介|简历|车辆|车间|"
    "车站|"
    "车主|项目|连接|连续|连锁|费用|卫生|卫星|应用|应该|应当|查询|查看|官方|乐观|乐趣|全部|全国|"
    "全新|"
    "全面|宁波|宁夏|吉林|吉祥|兰州|宗旨|景色|景区|易经";
/* Words that end with what else is a surname. */
static const char endings[] =
    "由于|关于|对于|位于|属于|基于|至于|等于|大于|小于|鉴于|终于|在于|处于|用于|高于|低于|善于|"
    "便于|"
    "地方|对方|双方|官方|我方|一方|多方|北方|南方|东方|西方|警方|院方|校方|甲方|乙方|提高|最高|"
    "很高|"
    "增高|升高|太高|更高|主张|紧张|扩张|夸张|慌张|纸张|行李|飞龙|时钟|分钟|大陆|登陆|着陆|黄金|"
    "现金|"
    "资金|奖金|基金|租金|押金|税金|定金|佣金|如何|任何|为何|几何|树林|森林|吉林|桂林|园林|明白|"
    "空白|"
    "蛋白|国王|女王|岩石|钻石|化石|历史|花钱|零钱|付钱|多钱|价钱|省钱|千万|百万|支付|交付|应付|"
    "垫付|"
    "首付|到付|面向|走向|倾向|导向|方向|其余|剩余|业余|时段|阶段|手段|路段|感谢|多谢|允许|也许|"
    "准许|"
    "或许|过程|工程|课程|流程|日程|路程|行程|进程|教程|信任|责任|主任|担任|现任|时任|上周|下周|"
    "本周|"
    "每周|四周|大江|长江|珠江|健康|小康|气温|体温|保温|高温|庆祝|措施|设施|实施|儿童|红叶|茶叶|"
    "上马|"
    "人马|广告|不曾|未曾|何曾|何等|照顾|回顾|只顾|动武|东莞|大雷|地雷|车门|羽毛|眉毛|鸡毛|不严";

/* What stands before a person: who calls, writes, is asked. */
static const char before[] =
    "联系|联络|找到|找|询问|咨询|问|拨打|致电|回电|转告|转给|交给|发给|寄给|写给|还给|送给|给|告诉|"
    "告知|通知|提醒|邀请|请|叫|让|由|是|和|与|跟|同|对|向|被|把|及|或|为|感谢|谢谢|多谢|委托|经|"
    "客户|"
    "顾客|用户|会员|病人|患者|员工|同事|同学|老师|经理|医生|医师|护士|律师|主任|教授|工程师|司机|"
    "师傅|"
    "快递员|房东|租客|业主|买家|卖家|收件人|寄件人|联系人|负责人|申请人|投诉人|当事人|家属|家长|"
    "父亲|"
    "母亲|爸爸|妈妈|丈夫|妻子|儿子|女儿|朋友|先生|女士|小姐|姓名|名叫|名字|叫做|我叫|本人|我是|"
    "他是|"
    "她是|这是|代表|学生|孩子|职员|秘书|助理|站长|店长|队长|组长|班长|校长|院长|局长|部长|书记|"
    "董事长|"
    "见到|见|听|看望|陪|帮|替|等|派|天|日|午|晚|今晨|年|月|时|后|前|说";
/* Of these, what says that a person comes, whatever comes then. */
static const char strong_before[] =
    "联系|联络|询问|咨询|致电|回电|转告|转给|交给|发给|寄给|写给|还给|送给|告诉|告知|通知|提醒|"
    "邀请|"
    "感谢|谢谢|多谢|委托|客户|顾客|用户|会员|病人|患者|员工|同事|同学|老师|经理|医生|医师|护士|"
    "律师|"
    "主任|教授|工程师|司机|师傅|快递员|房东|租客|业主|买家|卖家|收件人|寄件人|联系人|负责人|申请人|"
    "投诉人|当事人|家属|家长|父亲|母亲|爸爸|妈妈|丈夫|妻子|儿子|女儿|朋友|先生|女士|小姐|姓名|名叫|"
    "名字|叫做|我叫|本人|我是|他是|她是|学生|孩子|职员|秘书|助理|代表";
/* What stands behind one. */
static const char after[] = "的|是|在|说|来|去|到|和|与|及|或|打|有|要|想|已|于|为|把|被|将|对|向|"
                            "从|给|也|都|又|就|还|不|没|"
                            "会|能|可|让|叫|请|问|回|发|写|寄|送|收|买|卖|付|投诉|反映|反馈|表示|"
                            "认为|提出|提交|提供|提到|负责|"
                            "住|现住|电话|手机|微信|邮箱|地址|身份证|生日|联系|预约|申请|购买|下单|"
                            "订购|签|签收|参加|办理|咨询|"
                            "要求|希望|觉得|告诉|通知|确认|完成|处理|跟进|接|等|先生|女士|小姐|"
                            "同学|老师|教授|经理|医生|律师|"
                            "主任|护士|师傅|昨|今|明天|明日|后天|上午|下午|早上|晚上|刚|正|曾|才|"
                            "因|所|同意|拒绝|退|取|拿|带|"
                            "病|患|入院|出院|就诊|男|女|本人|以|则|但|而|并|这|那|吗|呢|吧|了|很|"
                            "最|喜欢|工作|毕业|出生|家|等人|一起|一同|前|后";
static const char titles[] =
    "先生|女士|小姐|同学|老师|教授|经理|医生|律师|主任|师傅|护士|阿姨|叔叔";
static const char cues[] = "姓名：|姓名:|姓名: |姓名： |姓名 |联系人：|联系人:|联系人|收件人：|"
                           "收件人:|收件人|客户：|客户:|名字：|名字:|名字叫|我叫";
/* Characters that are frequent in given names; those that are also small words are left out. */
static const char frequent[] =
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂文辉玲建国红梅志鹏飞鑫波斌浩宇轩涵欣怡雪梦佳琪"
    "慧雨婷晨晓小春海燕云峰龙凤玉珍凯俊博嘉豪子萱梓思瑶雅倩颖琳晶莹蕾薇莉萍琴淑芬芝荣福德贵金银宝成"
    "林森松柏山川江河宁安康乐庆祥瑞吉永光亮阳旭昊昌盛旺富裕忠孝仁义礼智信诚良善美真爱青莲菊竹芙蓉荷"
    "星辰晴岚虹霖雷震威武雄翔虎彪豹骏驰腾跃卫民启达顺谐彦哲睿聪毅恒坚伦廷朝宗绍克世业维承纪诗书琦"
    "琼瑾瑜璐珊珠玥璇琰瑛珂钰锋钢铭钧锐锦镇鸿鹤雁帆航沛泽润淼洁清源泉湘沁汐澜漪溪伯仲冬秋夏岩岗峻崇"
    "嵩巍乾坤培城喜悦恩惠慈敬贤才杨柳桃杏枫桐楠榕樱梁栋友先胜利凌霄韵诺妍妮姗姝娇娥婉媛嫣娅宏宽广延"
    "弘彬影徐忆恺悠愉慕懿振攀效敦昕易景晖暄暖曦曼奕妙姿宜容尔尚巧帅弦彤彩忻恬恭意慎捷文昂晋普晰本杭"
    "柔榆槐毓汉沐沙洪津流浪涓淇淳渊温湛溢漫潇潮澄灵炎炜烁焕熙煜爽玄玮玟珈珏珑琛琢瑄璟璧甜眉硕碧祎禄"
    "秉科稚稳笑笛筠简素紫绢绮绿罗群羽翠翰耀育臻舒艺芊芸芷芮苏若苗茂茜茗荃莎菁菡菲葵蓓蓝蔚蕊蝶衍西谦"
    "谊贝贞赫辰迅迪郁钊钦铎雯霏露非韬韶颂飘馨骁鲁鹭麟齐龄丹亚佩依倪元兴冠剑力勤华卓君坡堂墨娣嫦学家"
    "少尧峥崎川巧帆广心惜戈戎旋晗朋朗望杉树格楚歌永汝沈泓浦涌淑滢漾灿然照牧玺珺甄生田申畅皓盈盼磐祖"
    "禹穗立端童章竣红纯绪继续罡翊聆胤自航芹苑英茵草菱萌葳蒙蕙薛虎行裴言超越轶轩通道邦邵郎钟铁铃锡"
    "长";

static size_t surname(const char *s, size_t n, size_t at) {
    size_t two = any_word(s, n, at, surnames_of_two);
    return two ? two : any_word(s, n, at, surnames);
}

static bool is_frequent(const char *s, size_t at) {
    for (const char *c = frequent; *c; c += 3)
        if (!memcmp(c, s + at, 3)) return true;
    return false;
}

static size_t han_run(const char *s, size_t n, size_t at, size_t most) {
    size_t i = at;
    while (i - at < 3 * most && is_han(s, n, i)) i += 3;
    return i;
}

/* A character that is a part of a longer text before byte `at`. */
static bool han_before(const char *s, size_t n, size_t at) {
    return at >= 3 && is_han(s, n, at - 3);
}

/* Whether one of the words ends at byte `at`. */
static bool word_before(const char *s, size_t at, const char *list) {
    for (size_t length; *list; list += length + (list[length] == '|')) {
        length = strcspn(list, "|");
        if (length <= at && !memcmp(s + at - length, list, length)) return true;
    }
    return false;
}

/* How likely it is that family and given name are from byte `at` to `end`, in running text. */
static double likely(const char *s, size_t n, size_t at, size_t given, size_t end, bool doubtful) {
    bool left = !han_before(s, n, at) || word_before(s, at, before),
         strong = word_before(s, at, strong_before),
         right = !is_han(s, n, end) || any_word(s, n, end, after), common = true;
    size_t letters = (end - given) / 3;
    for (size_t i = given; i < end; i += 3) common &= is_frequent(s, i);
    if (doubtful) return strong && right && common ? 0.7 : 0;
    if (left && right && common) return letters == 2 ? 0.82 : 0.75;
    if (left && right && strong) return 0.66;
    if (!han_before(s, n, at) && !is_han(s, n, end)) return 0.55; /* a cue may say more */
    if (strong && common) return letters == 2 ? 0.7 : is_han(s, n, end) ? 0.62 : 0.7;
    if (left && common && letters == 2) return 0.62;
    return right && common && letters == 2 ? 0.6 : 0;
}

static bool in_running_text(const char *s, size_t n, size_t at, size_t given, bool doubtful,
                            found *out) {
    size_t last = han_run(s, n, given, 2), word = any_word(s, n, at, words);
    if (word_before(s, given, endings) || (word && !word_before(s, at, strong_before)))
        return false;
    out->certainty = 0;
    for (size_t end = last; end > given && end - at > word; end -= 3) {
        double certainty = likely(s, n, at, given, end, doubtful);
        if (certainty > out->certainty) out->certainty = certainty, out->end = end;
    }
    return out->certainty > 0;
}

bool find_chinese_name(const char *s, size_t n, size_t at, found *out) {
    size_t family = surname(s, n, at);
    bool doubtful = !family;
    if (doubtful) family = any_word(s, n, at, doubtful_surnames);
    if (!family) return false;
    size_t given = at + family, given_end = han_run(s, n, given, 2), run = han_run(s, n, at, 8);
    for (size_t i = given; i <= given_end; i += 3) /* 王先生, 李小明老师 */
        if (any_word(s, n, i, titles)) {
            if (i - given == 3 && any_word(s, n, at, words)) return false; /* 高级经理 */
            out->end = i;
            out->certainty = i > given ? 0.88 : 0.75;
            return !han_before(s, n, at) || i > given || word_before(s, at, before);
        }
    if (given_end == given) return false;
    bool cued = word_before(s, at, cues), alone = !han_before(s, n, at) && run == given_end;
    if (cued || (alone && at == 0 && run == n)) {
        out->certainty = cued ? 0.92 : 0.75;
        out->end = given_end;
        bool shorter = run > given_end && given_end - given == 6 && /* 我叫张伟来自北京 */
                       any_word(s, n, given + 3, after) && !any_word(s, n, given_end, after);
        if (shorter) out->end = given + 3;
        return !doubtful || cued;
    }
    return in_running_text(s, n, at, given, doubtful, out);
}
