namespace Llumnix.Training.Corpus.Plots;

/// <summary>Work, building, cooking, carrying and trading.</summary>
internal static class WorkPlots
{
    public static readonly IReadOnlyList<Plot> All =
    [
        new("earning a wish", "working hard", Earn),
        new("cooking together", "cooking", Cook),
        new("building together", "building something", Build),
        new("delivery", "a long journey", Deliver),
        new("the big plant", "a very big vegetable", Pull),
        new("trading", "trading things", Trade),
        new("snow day", "a snowy day", Snow),
        new("the helper", "being kind", Helper),
    ];

    private static void Earn(Scene s)
    {
        string[] job = s.Dice.Pick(Lexicon.Jobs).Split('/', 2);
        string rest = job[1][job[1].IndexOf(' ', StringComparison.Ordinal)..];
        s.Set("worked", job[0] + rest);
        s.Set("work", job[1]);
        Beats.OpenWithFriend(s);
        s.SayOne("{Oneday}, {hero} saw {a thing} in a shop. {He} wanted it very much.", "More than anything, {hero} wanted {a thing}. {He} wanted to {thing use}.", "{Oneday}, {he} saw {friend} with {a thing}. {Hero} wanted one, too.");
        s.SayOne("But it cost ten coins, and {hero} had only one.", "But {he} had no money.", "\"How much is it?\" asked {hero}. \"Ten coins,\" said the man in the shop.");
        s.SayOne("\"You can work for it,\" said {his} {parent}.", "\"I need help,\" said {friend}. \"If you {work}, I will pay you.\"", "{Hero} asked, \"Can I work for you?\" \"Yes,\" said {friend}. \"You can {work}.\"");
        s.SayOne("So {hero} {worked}. It was hard work.", "Every day, {hero} {worked}. In the evening, {he} was {tired}.");
        s.SayOne("{Other} asked {him} to play, but {hero} said, \"I must work first.\"", "Each day, {he} put one coin into a jar.", "Sometimes {he} wanted to stop, but then {he} thought of the {thing}.");
        s.SayOne("At last, {he} had ten coins. {He} ran to the shop and bought the {adj thing}.", "After two weeks, the jar was full. {Hero} bought the {adj thing}.");
        s.SayOne("{Hero} was {happy}. {He} {thing used} all day.", "\"I worked for it myself,\" {he} said. {He} was very proud.", "{He} shared it with {friend}.");
        Beats.End(s, "{Hero} learned that hard work is worth it.", "What you earn yourself is worth more.");
    }

    private static void Cook(Scene s)
    {
        string[] dish = s.Dice.Pick(Lexicon.Dishes).Split('|');
        s.Set("dish", dish[0]);
        s.Set("one", dish[1]);
        s.Set("two", dish[2]);
        s.Set("three", dish[3]);
        Beats.OpenWithFriend(s);
        s.SayOne("{Oneday}, {hero} wanted to make {dish}.", "{Oneday}, {hero} was hungry. \"I will make {dish},\" {he} said.", "{Hero} wanted to make {dish} for {his} {parent}.");
        s.SayOne("{He} had {one}, but {he} had no {two} and no {three}.", "\"I need {one}, {two} and {three},\" {he} said. But {he} only had {one}.");
        s.SayOne("So {he} went to {friend}. \"Do you have any {two}?\" \"Yes, take some,\" said {friend}.", "{He} {walked} to {friend} and asked for {two}. \"Here you are,\" said {friend}.");
        s.SayOne("Then {he} met {ointro}. {Other} had {three}. \"You can have it all, if I may eat with you,\" said {other}.", "{Other} brought the {three}.");
        s.SayOne("They put everything into a big bowl. {Hero} stirred it with a spoon.", "Together they mixed the {one}, the {two} and the {three}.");
        s.Maybe(0.4, "[Some of it fell on the floor, and they all laughed.|{Friend} had flour on {fhis} nose.|They had to wait a long time.|It smelled so good!]");
        s.SayOne("Then the {dish} was ready. It smelled wonderful.", "After an hour, it was done.");
        s.SayOne("They all sat down {at} and ate together. It was delicious.", "{Hero} shared the {dish} with everybody.", "{His} {parent} tasted it. \"This is the best {dish} in the world,\" {phe} said.");
        Beats.End(s, "Together, everything tastes better.", "{Next}, they made {dish} again.");
    }

    private static void Build(Scene s)
    {
        string[] plan = s.Dice.Pick(Lexicon.Buildings).Split('|');
        s.Set("abuilding", plan[0]);
        s.Set("building", plan[0][(plan[0].IndexOf(' ', StringComparison.Ordinal) + 1)..]);
        s.Set("one", plan[1]);
        s.Set("two", plan[2]);
        s.Set("goal", plan[3]);
        s.SayOne("{Hero} and {friend} wanted to build {abuilding}.", "{Oneday}, {hero} said to {friend}, \"Let us build {abuilding}!\"", "Once upon a time, there was {intro} who wanted to build {abuilding}. {He} asked {fintro} to help.");
        s.SayOne("\"Then we can {goal},\" said {hero}.", "{Friend} liked the idea. \"Then we could {goal},\" {fhe} said.");
        s.SayOne("They found {one} {at} and {two} {at2}.", "They needed {one} and {two}. They {looked} {at} and found everything.");
        s.SayOne("They worked all morning. But then everything fell down.", "When it was almost done, a strong wind came and broke it.", "The first {building} was not good. It broke at once.");
        s.SayOne("\"I give up,\" said {hero}. \"No,\" said {friend}. \"We just have to do it better.\"", "{Hero} was {sad}, but {friend} had an idea.", "They asked {other} what to do. \"You have to make it stronger,\" said {other}.");
        s.SayOne("So they began again, and this time they were more careful.", "So they took more {two} and tried again.", "{Friend} held the {one}, and {hero} did the rest.");
        s.SayOne("In the evening, the {building} was ready.", "At last, there it stood. It was strong and beautiful.");
        s.SayOne("Now they could {goal}. They were {happy}.", "They tried it at once. It worked very well!", "{Other} came to look at it. \"What a fine {building},\" {ohe} said.");
        Beats.End(s, "Together they could do what one alone could not do.", "{Next}, they built a second one for {other}.");
    }

    private static void Deliver(Scene s)
    {
        Obstacle[] known = [.. Lexicon.Obstacles.Where(obstacle => obstacle.Skill is "swim" or "strong" or "see")];
        s.CastFriend(StoryGrammar.Helper(s.Dice, s.Cast, s.Dice.Pick(known).Skill));
        s.Set("grandma", s.Dice.Pick(["grandmother", "grandfather", "aunt", "uncle", "old teacher"]));
        Beats.Open(s);
        s.SayOne("{Oneday}, {his} {parent} said, \"Please take this {thing} to your {grandma}.\"", "{Oneday}, {hero} wanted to bring {his} {grandma} {a thing}.");
        s.SayOne("It was a long way. {Hero} had to go past {place} and {place2}.", "\"Go straight there and do not stop,\" {his} {parent} said.");
        (string problem, string help) = s.Cast.Friend.Kind.Skill switch
        {
            "swim" => ("Soon {he} came to a wide river, and there was no bridge.", "\"Sit on my back. I can swim,\" said {friend}. {Fhe} carried {hero} over the water."),
            "strong" => ("Soon {he} came to a big tree that had fallen on the path.", "\"I am strong,\" said {friend}. {Fhe} pushed the tree away."),
            _ => ("Soon it was so dark that {hero} could not see the path.", "\"I can see in the dark,\" said {friend}. {Fhe} went ahead, and {hero} followed."),
        };
        s.Say(problem);
        s.SayOne("\"How can I go on?\" said {hero}.", "{Hero} did not know what to do.", "{Hero} stood there and was {sad}.");
        Beats.MeetFriend(s);
        s.Say(help);
        s.Maybe(0.5, "[\"{thanks},\" said {hero}.|\"Do you want to come with me?\" asked {hero}. \"Yes,\" said {friend}.]");
        s.SayOne("In the evening, {hero} came to {his} {grandma} and gave away the {thing}.", "At last, {he} saw the house of {his} {grandma}.");
        s.SayOne("\"What a lovely {thing}! {thanks},\" said {his} {grandma}.", "{His} {grandma} was {happy}. \"You came all this way for me?\"");
        s.SayOne("Then they ate {food} together, and {hero} told about {his} journey.", "There was warm soup and {food} for everyone.");
        Beats.End(s, "{Hero} was proud of {his} long journey.", "{Hero} learned that there is always someone who helps.");
    }

    private static void Pull(Scene s)
    {
        s.Set("plant", s.Dice.Pick(["turnip", "carrot", "pumpkin", "potato", "radish", "onion", "beet"]));
        Beats.OpenWithFriend(s);
        s.SayOne("{Hero} planted a {plant}. It grew and grew until it was {big}.", "In {his} garden grew a {plant}. It was as big as a cow!");
        s.SayOne("{Oneday}, {he} wanted to pull it out. {He} pulled and pulled, but it did not move.", "{Hero} pulled at the {plant}, but it was too heavy.");
        s.SayOne("So {he} called {friend}. They pulled together, but it did not move.", "\"Help me, {fcall}!\" {he} {cried}. {Friend} came and pulled, too. The {plant} stayed in the ground.");
        s.SayOne("Then {friend} called {ointro}. Three of them pulled, but it was not enough.", "Then {other} came. They all pulled. The {plant} moved a little.");
        s.Set("small", s.Dice.Pick(["mouse", "ant", "snail", "bee", "sparrow"]));
        s.SayOne("Then a tiny {small} came. \"May I help?\" it asked. They laughed. \"You are much too small!\"", "\"I can help, too,\" said a little {small}. \"You?\" asked {other}.");
        s.SayOne("But the {small} took hold, and all of them pulled. Pop! The {plant} came out!", "\"Let it try,\" said {hero}. One, two, three! The {plant} came out, and they all fell down.");
        s.SayOne("\"You see, every little bit helps,\" said the {small}.", "Everyone was surprised. The {small} {smiled}.");
        s.SayOne("{Hero} cooked a big soup with the {plant}, and everybody got a bowl.", "They ate {plant} soup for a whole week.", "In the evening, they had a feast {at}.");
        Beats.End(s, "Even the smallest friend can make the difference.");
    }

    private static void Trade(Scene s)
    {
        Beats.Open(s);
        s.SayOne("{Hero} had {a thing}, but {he} wanted {a gift}.", "{Hero} had {a thing}. {He} did not need it anymore.");
        s.SayOne("{Oneday}, {he} {walked} to the market to trade it.", "So {he} took it and went to {place}.");
        s.SayOne("There {he} met {ointro}. \"I will give you a bag of {ofood} for your {thing},\" said {other}. {Hero} agreed.", "{Other} wanted the {thing}. \"I can give you a bag of {ofood} for it,\" {ohe} said. \"All right,\" said {hero}.");
        s.SayOne("Then {he} met {fintro}. {Friend} was very hungry. \"Please give me your {ofood},\" {fhe} said. \"I will give you my {adj gift}.\"", "On the way home, {fintro} stopped {him}. \"I am so hungry! If you give me the {ofood}, I will give you {a gift}.\"");
        s.SayOne("{Hero} was {happy} to trade again.", "\"Gladly!\" said {hero}.", "{Hero} could not believe it. \"Yes, please!\" {he} said.");
        s.SayOne("So {hero} came home with {a gift}, {friend} was not hungry anymore, and {other} had the {thing}.", "In the evening, {hero} had the {gift}, {other} had the {thing}, and {friend} had the {ofood}.");
        s.SayOne("All three were {happy}.", "Everybody had what they wanted.", "\"That was a good day,\" said {hero}.");
        Beats.End(s, "A good trade makes both sides happy.", "{Hero} put the {gift} next to {his} bed.");
    }

    private static void Snow(Scene s)
    {
        s.SayOne("{Oneday}, {hero} looked out and everything was white. It had snowed!", "It was winter, and there was snow {at}.", "One winter morning, {hero} woke up. \"Snow!\" {he} {cried}.");
        s.SayOne("{He} ran to {friend}. \"Come out! Let us make a snowman!\"", "{Hero} and {friend} ran outside to play.");
        s.SayOne("They rolled a big ball, a smaller ball and a little ball.", "First they made a big ball of snow, and then a second one.");
        s.SayOne("They gave it a carrot for a nose and two stones for eyes.", "\"We need a nose,\" said {friend}. {Hero} found a carrot.");
        s.SayOne("But something was missing. \"It has no hat!\" said {hero}.", "\"It looks cold,\" said {friend}.");
        s.SayOne("{Hero} took off {his} own scarf and gave it to the snowman.", "{Friend} brought {fhis} old hat and put it on the snowman's head.", "So they gave it {a thing}. Now it looked very funny.");
        s.SayOne("They played in the snow until their hands were cold.", "They threw snowballs and rode down the hill.", "Then {other} came, and they had a snowball fight.");
        s.SayOne("Inside, {his} {parent} gave them hot milk.", "In the evening, they drank hot cocoa by the fire.");
        s.SayOne("{Next}, the sun came out, and the snowman became smaller and smaller. \"Do not be sad,\" said {friend}. \"He will come back next winter.\"", "Through the window, they saw the snowman. It looked as if it was smiling.", "{goodnight}");
    }

    private static void Helper(Scene s)
    {
        Beats.Open(s);
        Beats.GoOut(s);
        s.Set("task", s.Dice.Pick(["carry a heavy bag", "gather wood", "find {fhis} glasses", "pick apples", "carry water", "paint the fence", "clean the barn", "bring the hay inside"]));
        s.SayOne("There {he} saw {fintro} who was trying to {task}. It was too much for one.", "On the way, {he} met {fintro}. \"I have to {task}, but I am so {tired},\" said {friend}.");
        s.SayOne("{Other} walked by and did not help. But {hero} stopped.", "\"I have no time,\" said {other}. But {hero} said, \"I will help you.\"", "{Hero} wanted to play, but {he} stopped. \"Can I help you?\" {he} asked.");
        s.SayOne("Together they were done before noon.", "They worked together the whole day.", "With two, it was easy. They sang while they worked.");
        s.SayOne("\"{thanks},\" said {friend}. \"What can I give you?\" \"Nothing,\" said {hero}. \"I was glad to help.\"", "{Friend} gave {him} {a gift}. \"You have a good heart,\" {fhe} said.", "\"{thanks}!\" said {friend}. \"You are the only one who stopped.\"");
        s.SayOne("{Next}, {hero} fell and hurt {his} foot. {Friend} saw it and carried {him} home.", "Some days later, {hero} needed help with {his} {adj thing}. {Friend} came at once.", "And when {hero} came home, {he} felt warm inside.");
        Beats.End(s, "If you help others, they will help you.", "It is good to be kind.");
    }
}
